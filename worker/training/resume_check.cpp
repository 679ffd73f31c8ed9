// Numbers of rows, then arrays and their shapes, then the weights of the best epoch.
#include "worker/training/resume_check.hpp"

#include "core/statistics/metric_value.hpp"
#include "core/training/architecture.hpp"
#include "core/training/predictions.hpp"
#include "core/training/run_length.hpp"
#include "worker/training/kept_predictions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tarama::training {
namespace {

using Shape = std::vector<std::int64_t>;

std::optional<std::string> misfit_of_array(const TrainerState& state,
                                           const std::string& name,
                                           const Shape& shape) {
  const auto found = state.arrays.find(name);
  if (found == state.arrays.end()) {
    return fmt::format("the checkpoint lacks the array '{}'", name);
  }
  if (found->second.shape != shape) {
    return fmt::format("the checkpoint's array '{}' has shape [{}]; expected [{}]",
                       name,
                       fmt::join(found->second.shape, ", "),
                       fmt::join(shape, ", "));
  }
  return std::nullopt;
}

/// Of the arrays "PREFIX/NAME" for every parameter NAME.
std::optional<std::string> misfit_of_arrays(const TrainJob& job,
                                            const TrainerState& state,
                                            const std::string& prefix,
                                            const StateShape& shape_of) {
  for (const Parameter& parameter : parameters_of(job.config)) {
    if (auto why = misfit_of_array(state, prefix + parameter.name, shape_of(parameter))) {
      return why;
    }
  }
  return std::nullopt;
}

std::optional<std::string> misfit_of_best(const TrainJob& job, const TrainerState& state) {
  const auto wanted = best_epoch_of(state.evals, job.metric);
  if (!wanted) {
    return std::nullopt;
  }
  const auto held = state.arrays.find(best_epoch);
  if (held == state.arrays.end() || held->second.values.size() != 1) {
    return "the checkpoint lacks the weights of the best epoch so far";
  }
  if (held->second.values[0] != static_cast<float>(*wanted)) {
    return fmt::format(
        "the checkpoint holds the weights of epoch {}, but by the sweep's metric epoch {} is the "
        "best so far",
        held->second.values[0],
        *wanted);
  }
  // Whole: they are what the run's model would be.
  return misfit_of_arrays(
      job, state, best_prefix, [](const Parameter& parameter) { return parameter.shape; });
}

/// A state from before `keep` was changed may lack classes that are asked for now.
std::optional<std::string> misfit_of_predictions(const TrainJob& job, const TrainerState& state) {
  for (const EvalRow& row : state.evals) {
    const TokenizedSplit& split = row.split == Split::eval ? job.data->eval : job.data->test;
    const auto are_its_own = [&](const Predictions& of) {
      return of.epoch == row.epoch && of.split == row.split &&
             are_coded_classes(of.classes, split.examples(), job.config.classes);
    };
    if (keeps_classes(job, state.evals, row.epoch, row.split) &&
        std::ranges::none_of(state.predictions, are_its_own)) {
      return fmt::format(
          "the checkpoint lacks the predicted classes of epoch {}, which keep.predictions asks for",
          row.epoch);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> best_epoch_of(const std::vector<EvalRow>& evals, const Metric& metric) {
  const EvalRow* best = nullptr;
  for (const EvalRow& row : evals) {
    if (metric.take == Take::last || row.split != Split::eval) {
      continue;
    }
    const double value = value_of(row, metric.name);
    const bool is_better =
        best == nullptr || (metric.goal == Goal::maximize ? value > value_of(*best, metric.name)
                                                          : value < value_of(*best, metric.name));
    best = is_better ? &row : best;
  }
  return best == nullptr ? std::nullopt : std::optional(best->epoch);
}

std::optional<std::string> misfit_of_rows(const TrainJob& job, const TrainerState& state) {
  const std::int64_t per_epoch =
      steps_per_epoch(job.data->train.examples(), job.training.batch_size);
  const std::int64_t all_steps = job.training.epochs * per_epoch;
  // An evaluation may be missing after an epoch's last step, and `test` adds one at the end.
  const std::int64_t epochs_done = state.steps_done / per_epoch;
  const auto evals = static_cast<std::int64_t>(state.evals.size());
  const bool fits = state.steps_done >= 0 && state.steps_done <= all_steps &&
                    state.steps_done == static_cast<std::int64_t>(state.steps.size()) &&
                    evals >= epochs_done - 1 && evals <= epochs_done + 1;
  if (fits) {
    return std::nullopt;
  }
  return fmt::format(
      "the checkpoint is of another run: it holds {} steps, {} of their rows and {} "
      "evaluations; this run has {} steps, {} an epoch",
      state.steps_done,
      state.steps.size(),
      evals,
      all_steps,
      per_epoch);
}

std::optional<std::string> misfit(const TrainJob& job,
                                  const TrainerState& state,
                                  const StateShape& shape_of) {
  if (auto why = misfit_of_rows(job, state)) {
    return why;
  }
  for (const char* const prefix : {"parameter/", "next_m/", "next_v/"}) {
    if (auto why = misfit_of_arrays(job, state, prefix, shape_of)) {
      return why;
    }
  }
  if (auto why = misfit_of_predictions(job, state)) {
    return why;
  }
  return misfit_of_best(job, state);
}

}  // namespace tarama::training
