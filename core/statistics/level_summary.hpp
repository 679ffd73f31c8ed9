// What the replicates of a level say together, and which level is best. Pure arithmetic over
// values that the store has already picked by the sweep's metric.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tarama {

/// A level's runs as the store has them.
struct LevelOutcome {
  LevelId level;
  std::vector<double> values;  // the metric of each succeeded replicate
  std::int64_t planned = 0;    // replicates
  std::int64_t failed = 0;     // diverged ones included
  std::int64_t diverged = 0;
  std::int64_t steps_per_run = 0;

  friend bool operator==(const LevelOutcome&, const LevelOutcome&) = default;
};

struct LevelSummary {
  LevelId level;
  std::optional<double> mean;
  std::optional<double> sd;  // of the sample, n - 1; from 2 values on
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<std::pair<double, double>> ci95;  // of the mean, Student's t; from 2 values on
  std::int64_t replicates = 0;                    // values that the mean is of
  std::int64_t planned = 0;
  std::int64_t failed = 0;
  std::int64_t diverged = 0;
  std::int64_t steps_per_run = 0;

  /// Every planned replicate succeeded.
  [[nodiscard]] bool is_complete() const { return replicates > 0 && replicates == planned; }

  friend bool operator==(const LevelSummary&, const LevelSummary&) = default;
};

/// Values that are not finite are left out, as if the replicate had none.
[[nodiscard]] LevelSummary summarize(const LevelOutcome& outcome);

/// Best first: complete levels before those with a failed, diverged or missing replicate, those
/// without any value last; then by mean, by fewer steps, by id.
[[nodiscard]] std::vector<LevelSummary> rank_levels(std::vector<LevelSummary> levels, Goal goal);

/// The first of rank_levels, if it has a mean.
[[nodiscard]] std::optional<LevelSummary> best_level(const std::vector<LevelSummary>& levels,
                                                     Goal goal);

}  // namespace tarama
