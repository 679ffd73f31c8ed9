// Of which evaluations a run keeps the predicted classes: read off its rows, as every decision of
// the loop. Pure.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <vector>

namespace tarama::training {

/// Whether the job keeps the classes of this evaluation, one of `evals`, the run's so far. With
/// `chosen` and `take: best` that holds until a better epoch comes.
[[nodiscard]] bool keeps_classes(const TrainJob& job,
                                 const std::vector<EvalRow>& evals,
                                 std::int64_t epoch,
                                 Split split);

}  // namespace tarama::training
