// The number in an evaluation that a sweep's metric names, and the evaluation that it takes. Pure;
// the store, the trainer and the views ask here, so that they mean the same one.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cmath>
#include <limits>
#include <span>

namespace tarama {

[[nodiscard]] constexpr double value_of(const EvalRow& row, MetricName name) {
  switch (name) {
    case MetricName::flat_accuracy:
      return row.flat_accuracy;
    case MetricName::loss:
      return row.loss;
    case MetricName::mcc:
      return row.mcc;
    case MetricName::macro_f1:
      return row.macro_f1;
    case MetricName::reported:
      return std::numeric_limits<double>::quiet_NaN();  // no evaluation has it
  }
  return row.flat_accuracy;
}

/// The evaluation whose number is the run's metric: of those of the split `eval`, in the order of
/// epochs, the last, or with `take: best` the best, of equals the earliest; one that is no number
/// is worse than any. nullptr: there is none.
[[nodiscard]] inline const EvalRow* chosen_eval(std::span<const EvalRow> evals,
                                                const Metric& metric) {
  const EvalRow* chosen = nullptr;
  for (const EvalRow& row : evals) {
    if (row.split != Split::eval) {
      continue;
    }
    if (chosen == nullptr || metric.take == Take::last) {
      chosen = &row;
      continue;
    }
    const double value = value_of(row, metric.name);
    const double best = value_of(*chosen, metric.name);
    const bool is_better = metric.goal == Goal::maximize ? value > best : value < best;
    if (is_better || (std::isnan(best) && !std::isnan(value))) {
      chosen = &row;
    }
  }
  return chosen;
}

}  // namespace tarama
