// The choice of an epoch.
#include "db/chosen_eval.hpp"

#include "core/statistics/metric_value.hpp"

#include <cmath>

namespace tarama::db {

std::optional<EvalRow> chosen_eval(std::span<const EvalRow> evals, const Metric& metric) {
  if (evals.empty()) {
    return std::nullopt;
  }
  const EvalRow* chosen = &evals.back();
  if (metric.take == Take::best) {
    for (const EvalRow& row : evals) {
      const double value = value_of(row, metric.name);
      const double best = value_of(*chosen, metric.name);
      const bool is_better = metric.goal == Goal::maximize ? value > best : value < best;
      const bool is_earlier_tie = value == best && row.epoch < chosen->epoch;
      if (is_better || is_earlier_tie || (std::isnan(best) && !std::isnan(value))) {
        chosen = &row;
      }
    }
  }
  return *chosen;
}

}  // namespace tarama::db
