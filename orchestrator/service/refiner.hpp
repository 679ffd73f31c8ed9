// Replicates that decide themselves, while the orchestrator runs: whenever no run of such a sweep
// is left, the next round is decided by the store's rows and written there. Nothing of it is kept
// in memory but what views show, so that a restart asks the same question again.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/loop/clock.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "orchestrator/sweeps/replicate_plan.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace tarama::orchestrator {

struct RefinerHandlers {
  /// The runs of the next round, as the store has them.
  std::function<void(db::StoredSweep)> added;
  /// The stage is over: the sweep's rules have changed.
  std::function<void(SweepId)> ended;
};

/// All calls on the loop's thread.
class Refiner {
 public:
  Refiner(boost::asio::any_io_executor loop,
          const Scheduler& scheduler,
          Catalog& catalog,
          db::StoreWriter& writer,
          const Clock& clock,
          RefinerHandlers handlers)
      : loop_(std::move(loop)),
        scheduler_(scheduler),
        catalog_(catalog),
        writer_(writer),
        clock_(clock),
        handlers_(std::move(handlers)) {}

  /// Decides the next round, if the sweep is refined and none of its runs is left. Asked again
  /// while that is under way it does nothing.
  void look(SweepId sweep);
  /// Of those that could not be decided when they were asked about, as on a full disk.
  void tick();
  /// The sweep has ended all the same: somebody has cancelled it.
  void call_off(SweepId sweep);

  /// What goes on, for a person; empty: nothing.
  [[nodiscard]] std::string describe(SweepId sweep) const;

 private:
  /// What the last round left.
  struct View {
    std::int64_t levels_left = 0;
    std::optional<std::int64_t> runs_to_go;
  };

  void take(SweepId sweep, Result<WrittenRound> written);
  void end(SweepId sweep);

  boost::asio::any_io_executor loop_;
  const Scheduler& scheduler_;
  Catalog& catalog_;
  db::StoreWriter& writer_;
  const Clock& clock_;
  RefinerHandlers handlers_;
  std::set<SweepId> deciding_;
  std::set<SweepId> again_;
  std::map<SweepId, View> views_;
};

}  // namespace tarama::orchestrator
