// The number in an evaluation that a sweep's metric names. Pure; the store, the trainer and the
// views ask here, so that they mean the same one.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/sweep_spec.hpp"

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
  }
  return row.flat_accuracy;
}

}  // namespace tarama
