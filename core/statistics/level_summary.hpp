// What the succeeded replicates of a level say together. Pure arithmetic over values that the store
// has already picked by the sweep's metric; which level is best says sweep_answer.hpp.
#pragma once

#include "core/sweep/ids.hpp"

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
  std::vector<std::int64_t> seeds{};           // of `values`
  std::vector<std::int64_t> diverged_seeds{};  // of the diverged replicates
  std::int64_t stopped = 0;                    // given up early: no replicate, and no value

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
  std::int64_t stopped = 0;  // given up early

  /// Every planned replicate succeeded.
  [[nodiscard]] bool is_complete() const { return replicates > 0 && replicates == planned; }

  friend bool operator==(const LevelSummary&, const LevelSummary&) = default;
};

/// Values that are not finite are left out, as if the replicate had none.
[[nodiscard]] LevelSummary summarize(const LevelOutcome& outcome);

}  // namespace tarama
