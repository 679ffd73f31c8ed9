// What is known of a metric's numbers beforehand: their smallest step, and what a model that always
// guesses one class would get. Pure.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace tarama::statistics {

/// The least that two evaluations can differ by: one example of `eval_examples` for shares of
/// examples (about that for mcc and macro_f1), float32's rounding for the loss. Spreads below it
/// say nothing.
[[nodiscard]] double metric_resolution(MetricName metric, std::int64_t eval_examples);

/// The least and the most that the metric can be: an interval beyond says nothing.
[[nodiscard]] std::pair<double, double> metric_range(MetricName metric);

/// The score of the guess that needs no training, the value that a diverged replicate counts as:
/// the majority's share; 0 of mcc; the majority's F1 over all classes; ln(classes) of the loss.
/// nullopt where the share or the number of classes is not known.
[[nodiscard]] std::optional<double> constant_guess(MetricName metric,
                                                   std::optional<double> majority_share,
                                                   std::int64_t classes);

/// The standard error of a share of examples, from the evaluation set's size alone: at least this
/// much noise is in it. nullopt for metrics that are no share.
[[nodiscard]] std::optional<double> evaluation_error(MetricName metric,
                                                     double value,
                                                     std::int64_t eval_examples);

}  // namespace tarama::statistics
