// How good a level is on new data of the same kind, not only on the evaluation set that was drawn:
// the spread over seeds together with the sampling error of the examples. Pure.
//
// Below ten seeds: Student's t, with the seeds' variance of the mean plus the examples' one by the
// bootstrap (Efron, Annals of Statistics 7, 1979), degrees of freedom by Welch and Satterthwaite.
// From ten seeds on both are drawn again, the multi-bootstrap of MultiBERTs (Sellam et al., ICLR
// 2022): percentiles of the resampled means.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tarama::statistics {

/// Of one run: a class for each example of the evaluation set, in its order.
struct PredictedRun {
  std::int64_t seed = 1;
  std::vector<std::int32_t> classes;
};

struct PopulationRules {
  MetricName metric = MetricName::flat_accuracy;
  double confidence = 0.95;       // in (0, 1)
  std::int64_t resamples = 1000;  // of the examples; fixed ones, so that the same runs say the same
};

struct PopulationInterval {
  double mean = 0;
  double low = 0;
  double high = 0;

  friend bool operator==(const PopulationInterval&, const PopulationInterval&) = default;
};

/// The evaluation set: the true class of each example, in 0 .. classes-1.
struct EvaluationSet {
  std::vector<std::int32_t> labels;
  std::int64_t classes = 2;
};

/// Of a level's mean metric. nullopt below two runs, without examples, and for the loss, which
/// predicted classes do not give. Every run has a class for each example.
[[nodiscard]] std::optional<PopulationInterval> population_mean(
    const std::vector<PredictedRun>& level, const EvaluationSet& set, const PopulationRules& rules);

/// Of `level` minus `other`, on the same examples; seed by seed where both have the same seeds.
[[nodiscard]] std::optional<PopulationInterval> population_difference(
    const std::vector<PredictedRun>& level,
    const std::vector<PredictedRun>& other,
    const EvaluationSet& set,
    const PopulationRules& rules);

}  // namespace tarama::statistics
