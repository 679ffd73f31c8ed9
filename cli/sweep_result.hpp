// The answer of a sweep: its levels ranked, the best, the tied ones and the cheapest of these, as
// values, as the documents of `run`, `wait` and `levels`, and as text.
#pragma once

#include "cli/text/text_style.hpp"
#include "core/statistics/level_summary.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

struct RankedLevel {
  LevelSummary summary;
  nlohmann::ordered_json params;
  std::vector<double> values;  // the metric of each succeeded replicate
  std::vector<RunId> runs;
  std::string learner;
  std::optional<std::int64_t> numerics;  // nullopt: not known
};

/// How many of the levels one learner, in one version of its numerics, has trained.
struct NumericsShare {
  std::string learner;
  std::optional<std::int64_t> numerics;
  std::int64_t levels = 0;
};

struct SweepResult {
  db::SweepInfo sweep;
  std::vector<RankedLevel> levels;  // best first

  /// The first level, if it has a mean.
  [[nodiscard]] const RankedLevel* best() const;
  /// The levels that cannot be told from the best one: for now the best alone.
  [[nodiscard]] std::vector<const RankedLevel*> tied() const;
  /// By what the levels are trained, where that is not one thing for all: then their means differ
  /// by more than their parameters. Else empty.
  [[nodiscard]] std::vector<NumericsShare> numerics_mix() const;
  /// The tied level with the fewest steps per run.
  [[nodiscard]] const RankedLevel* cheapest_tied() const;
};

[[nodiscard]] Result<SweepResult> read_sweep_result(const db::ReadStore& store, SweepId sweep);

/// "eval.flat_accuracy".
[[nodiscard]] std::string metric_name(const Metric& metric);

// The documents that docs/JSON.md describes.
[[nodiscard]] nlohmann::ordered_json level_json(const RankedLevel* level);  // nullptr: null
[[nodiscard]] nlohmann::ordered_json result_json(const SweepResult& result, double wall_seconds);
[[nodiscard]] nlohmann::ordered_json levels_json(const SweepResult& result);

/// How wide the text may be, and how many levels it lists.
struct LevelsLayout {
  std::size_t columns = 100;
  std::size_t most_levels = 1000;
  TextStyle style = TextStyle(ColourUse::none);
};

/// A table of the levels, best first, each with its interval drawn on a common scale.
[[nodiscard]] std::string levels_text(const SweepResult& result, const LevelsLayout& layout);

/// Which level is best, how sure that is, and what shows more; some lines.
[[nodiscard]] std::string winner_text(const SweepResult& result,
                                      const std::string& store,
                                      const TextStyle& style);

}  // namespace tarama::cli
