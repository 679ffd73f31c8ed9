// Whether a run can go on from a checkpoint's state. Pure.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/training/architecture.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarama::training {

inline const std::string best_prefix = "best/";      // of the best epoch's weights in a state
inline const std::string best_epoch = "best_epoch";  // a scalar: the epoch that they are of

/// The epoch that `take: best` takes of these rows, of equal ones the first; nullopt with
/// `take: last`, or without a row of the split eval.
[[nodiscard]] std::optional<std::int64_t> best_epoch_of(const std::vector<EvalRow>& evals,
                                                        const Metric& metric);

/// Why the state's rows are not those of such a run; nullopt: they are.
[[nodiscard]] std::optional<std::string> misfit_of_rows(const TrainJob& job,
                                                        const TrainerState& state);

/// The shape of a parameter, and of its moments, in a state.
using StateShape = std::function<std::vector<std::int64_t>(const Parameter& parameter)>;

/// Why the job cannot go on from the state, which may be of a job with another metric or of
/// another program; nullopt: it can.
[[nodiscard]] std::optional<std::string> misfit(const TrainJob& job,
                                                const TrainerState& state,
                                                const StateShape& shape_of);

}  // namespace tarama::training
