// Which evaluation stands for a whole run in `results`. Pure.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <optional>
#include <span>

namespace tarama::db {

/// The evaluation that the metric takes: the last epoch's, or the best by the goal (of equal ones
/// the earliest; NaN is never best). `evals`: of split `eval`, by epoch. nullopt: there is none.
[[nodiscard]] std::optional<EvalRow> chosen_eval(std::span<const EvalRow> evals,
                                                 const Metric& metric);

}  // namespace tarama::db
