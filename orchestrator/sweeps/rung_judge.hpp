// What is decided about the runs of a sweep at its rungs: by the store's rows, and written there
// before anybody acts on it. Pure but for the store.
#pragma once

#include "core/search/rung_book.hpp"
#include "core/search/stop_rules.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"

#include <optional>

namespace tarama::orchestrator {

/// Keeps what the rows said, so that a decision costs about the same behind 10 runs as behind
/// 10,000; what it answers is what one that has just been made would. On one thread at a time.
class RungJudge {
 public:
  /// `spec` has rungs.
  RungJudge(SweepId sweep, const SweepSpec& spec);

  /// Decides what is to be decided about the run, by what it had reported up to `last_step`
  /// (nullopt: by all), and writes it; then whether the run is stopped. Where that fails nothing is
  /// decided.
  [[nodiscard]] Result<std::optional<StopVerdict>> verdict_on(const JudgedRun& run,
                                                              std::optional<std::int64_t> last_step,
                                                              db::RunStore& store);

 private:
  [[nodiscard]] Result<void> read(db::RunStore& store);

  SweepId sweep_;
  RungBook empty_;
  std::string metric_;
  std::optional<RungBook> book_;  // nothing: to be read
};

}  // namespace tarama::orchestrator
