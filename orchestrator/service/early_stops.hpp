// Runs that a rule of their sweep gives up (`stop_when`): asked about behind each of their rows, on
// the writer's thread, so that what is decided follows from what the store has. Nothing is kept in
// memory: after a restart the same question is asked again.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/search/stop_rules.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "protocol/messages.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tarama::orchestrator {

/// What a run is held against.
struct StopQuestion {
  RunId run;
  std::vector<StopRule> rules;              // empty: it is never given up
  std::optional<std::int64_t> last_step{};  // of a run of the built-in trainer
};

[[nodiscard]] StopQuestion stop_question_of(const OpenSweep& sweep, RunId run);

/// By the rows that the store has.
[[nodiscard]] Result<std::optional<StopVerdict>> verdict_on(const StopQuestion& question,
                                                            db::RunStore& store);

/// On the loop's thread.
class EarlyStops {
 public:
  /// `give_up`: the scheduler is to end it.
  EarlyStops(boost::asio::any_io_executor loop,
             const Catalog& catalog,
             db::StoreWriter& writer,
             std::function<void(const EndEarlyAsked&)> give_up)
      : loop_(std::move(loop)), catalog_(catalog), writer_(writer), give_up_(std::move(give_up)) {}

  /// Whether these rows may give their run up.
  [[nodiscard]] static bool is_about(const protocol::Metrics& rows, const SweepSpec& spec);

  /// Of a run of an open sweep, behind the rows that the writer was given.
  void look(RunId run);
  /// All runs of the sweep that are not over and may have rows: its rules are new, or we are.
  void look_at_all(SweepId sweep, const Scheduler& scheduler);

 private:
  boost::asio::any_io_executor loop_;
  const Catalog& catalog_;
  db::StoreWriter& writer_;
  std::function<void(const EndEarlyAsked&)> give_up_;
};

}  // namespace tarama::orchestrator
