// Sweeps that grow by what their runs have shown, while the orchestrator runs: whenever a worker
// would have nothing to do, what comes next is decided by the store's rows and written there. What
// is kept of them in memory changes no answer, so that a restart asks the same question again.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/loop/clock.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "orchestrator/sweeps/search_plan.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace tarama::orchestrator {

struct SearcherHandlers {
  /// How many runs of the sweep can be at work at once, by the machine as it is now.
  std::function<std::int64_t(SweepId)> room;
  /// The runs of the next levels, as the store has them.
  std::function<void(db::StoredSweep)> added;
  /// Nothing will be added any more: the sweep's rules have changed.
  std::function<void(SweepId)> ended;
};

/// All calls on the loop's thread.
class Searcher {
 public:
  Searcher(boost::asio::any_io_executor loop,
           const Scheduler& scheduler,
           Catalog& catalog,
           db::StoreWriter& writer,
           const Clock& clock,
           SearcherHandlers handlers)
      : loop_(std::move(loop)),
        scheduler_(scheduler),
        catalog_(catalog),
        writer_(writer),
        clock_(clock),
        handlers_(std::move(handlers)) {}

  /// Decides the next levels, if the sweep searches and has room for one; then those after that.
  /// Asked again while that is under way it does nothing.
  void look(SweepId sweep);
  /// The run has ended, or has been taken up again: its level is to be read again.
  void changed(SweepId sweep, RunId run);
  /// The sweep has ended, or got levels or a limit from elsewhere.
  void forget(SweepId sweep);
  /// Looks at every sweep.
  void tick();

  /// Runs that will be added yet, unless the search ends before.
  [[nodiscard]] std::int64_t to_choose(SweepId sweep) const;
  /// The work of these; 1 is that of all runs that there are.
  [[nodiscard]] double work_to_choose(SweepId sweep) const;
  /// What goes on, for a person; empty: nothing.
  [[nodiscard]] std::string describe(SweepId sweep) const;

 private:
  /// What a look has shown that adds nothing, or not all.
  struct Later {
    std::int64_t runs = 0;
    double work = 0;
    bool waits = false;  // for the end of a run
  };

  [[nodiscard]] bool is_due(SweepId sweep, const OpenSweep& open) const;
  void take(SweepId sweep, Result<GrowthStep> written);
  void end(SweepId sweep);

  boost::asio::any_io_executor loop_;
  const Scheduler& scheduler_;
  Catalog& catalog_;
  db::StoreWriter& writer_;
  const Clock& clock_;
  SearcherHandlers handlers_;
  std::set<SweepId> deciding_;
  std::map<SweepId, std::shared_ptr<SweepGrowth>> growths_;  // used by the writer's thread
  std::map<SweepId, Later> later_;
  std::map<SweepId, std::set<LevelId>> changed_;
};

}  // namespace tarama::orchestrator
