// Runs that are given up: by a rule of their sweep (`stop_when`), or since they are behind at a
// rung (`rungs`). Asked about behind each of their rows, on the writer's thread, so that what is
// decided follows from what the store has. What is kept in memory changes no answer: after a
// restart the same question is asked again.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/search/look_pace.hpp"
#include "core/search/stop_rules.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "orchestrator/sweeps/rung_judge.hpp"
#include "protocol/messages.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace tarama::orchestrator {

/// What a run is held against.
struct StopQuestion {
  JudgedRun run;
  std::vector<StopRule> rules;              // empty: it is never given up by one
  std::optional<std::int64_t> last_step{};  // of a run of the built-in trainer
  std::shared_ptr<RungJudge> judge{};       // nullptr: it is compared nowhere
};

/// By the rows that the store has: of rule and rung what came first. On the writer's thread.
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

  /// How many of these values may give their run up.
  [[nodiscard]] static std::int64_t values_in(const protocol::Metrics& rows, const SweepSpec& spec);

  /// Of a run of an open sweep.
  [[nodiscard]] StopQuestion question_of(RunId run);

  /// Of a run of an open sweep, behind the rows that the writer was given: so many of its values
  /// are new.
  void look_at_new(RunId run, std::int64_t values);

  /// The run has another attempt, or none any more.
  void attempt_changed(RunId run) { paces_.erase(run); }

  /// All runs of the sweep that are not over and may have rows, in their order: its rules are new,
  /// or we are.
  void look_at_all(SweepId sweep, const Scheduler& scheduler);

  /// The sweep has ended, or a run of it has been asked for again.
  void forget(SweepId sweep) { judges_.erase(sweep); }

 private:
  void look(RunId run);

  boost::asio::any_io_executor loop_;
  const Catalog& catalog_;
  db::StoreWriter& writer_;
  std::function<void(const EndEarlyAsked&)> give_up_;
  std::map<SweepId, std::shared_ptr<RungJudge>> judges_;  // used by the writer's thread
  std::map<RunId, LookPace> paces_;
};

}  // namespace tarama::orchestrator
