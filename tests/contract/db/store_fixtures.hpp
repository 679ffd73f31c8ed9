// Sweeps, rows and stores for the tests of db/.
#pragma once

#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace tarama::db::test {

/// The value, or a failed assertion with the error's message (which ends the test program).
template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

struct SweepShape {
  std::int64_t levels = 2;
  std::int64_t replicates = 2;
  std::int64_t steps = 4;  // of each run
  std::int64_t evals = 2;  // of each run
};

inline LevelRecord sample_level(std::int64_t id) {
  LevelRecord level;
  level.level = LevelId{id};
  level.params = R"({"lr":)" + std::to_string(id) + "e-05}";
  level.training.lr = static_cast<double>(id) * 1e-5;
  level.training.warmup = 0.1;
  level.training.epochs = 2;
  level.training.norm = id % 2 == 0 ? Norm::pre : Norm::post;
  level.training.schedule = Schedule::warmup_cosine;
  level.training.t_total = TTotal::none;
  level.model.path = "/models/small";
  level.model.layers = 3;
  level.model.lowercase = false;
  level.learner = "fake";
  level.numerics = 2;
  level.inputs = {.data_fingerprint = "data",
                  .model_fingerprint = "model",
                  .train_examples = 8551,
                  .eval_examples = 1043,
                  .test_examples = 500,
                  .train_tokens = 94000,
                  .classes = 2,
                  .parameters = 22'000'000,
                  .layers = 3,
                  .hidden = 384,
                  .cut_texts = 7};
  return level;
}

inline NewSweep sample_sweep(const SweepShape& shape = {}, const std::string& name = "cola") {
  NewSweep sweep;
  sweep.name = name;
  sweep.yaml = "name: " + name + "\n";
  sweep.spec = R"({"name":"cola"})";
  sweep.identity = "identity of " + name;
  sweep.host = "here";
  sweep.driver = "550";
  sweep.version = "0.1.0";
  sweep.trainer = "fake";
  sweep.rules.max_concurrent = 3;
  sweep.rules.max_restarts = 1;
  sweep.rules.time_limit = std::chrono::milliseconds{5000};
  sweep.at = TimePoint{1000};
  for (std::int64_t level = 1; level <= shape.levels; ++level) {
    sweep.levels.push_back(sample_level(level));
  }
  for (std::int64_t replicate = 0; replicate < shape.replicates; ++replicate) {
    for (std::int64_t level = 1; level <= shape.levels; ++level) {
      const std::string key = "key-" + std::to_string(level) + "-" + std::to_string(replicate);
      sweep.runs.push_back(
          {LevelId{level}, replicate, replicate + 1, key, shape.steps, shape.evals});
    }
  }
  return sweep;
}

inline StepRow sample_step(std::int64_t step) {
  StepRow row;
  row.step = step;
  row.epoch = step / 2 + 1;
  row.lr = 1e-5;
  row.loss = 1.0 / static_cast<double>(step + 1);
  row.flat_accuracy = 0.5;
  row.examples = 32;
  row.tokens = 400;
  row.at = 2000 + step;
  return row;
}

/// Two steps are an epoch.
inline EvalRow sample_eval(std::int64_t epoch, double flat_accuracy = 0.7) {
  EvalRow row;
  row.epoch = epoch;
  row.step = 2 * epoch - 1;
  row.loss = 1 - flat_accuracy;
  row.flat_accuracy = flat_accuracy;
  row.batch_mean_flat_accuracy = flat_accuracy;
  row.mcc = flat_accuracy / 2;
  row.macro_f1 = flat_accuracy / 4;
  row.majority_accuracy = 0.6;
  row.examples = 500;
  return row;
}

inline MetricBatch batch_of_steps(RunId run,
                                  Attempt attempt,
                                  std::int64_t from,
                                  std::int64_t until) {
  MetricBatch batch{run, attempt, {}, {}};
  for (std::int64_t step = from; step < until; ++step) {
    batch.steps.push_back(sample_step(step));
  }
  return batch;
}

/// Of three classes; right where the example's number is even.
inline PredictionRows sample_predictions(RunId run,
                                         Attempt attempt,
                                         std::int64_t epoch,
                                         std::int64_t examples) {
  PredictionRows rows{.run = run,
                      .attempt = attempt,
                      .predictions = {.epoch = epoch},
                      .names = {"iyi", "it's \"bad\"", ""}};
  for (std::int64_t example = 0; example < examples; ++example) {
    rows.labels.push_back(static_cast<char>(example % 3));
    rows.predictions.classes.push_back(static_cast<char>((example + example % 2) % 3));
  }
  return rows;
}

inline PersistAttempt attempt_leased(RunId run, Attempt attempt) {
  PersistAttempt leased;
  leased.run = run;
  leased.attempt = attempt;
  leased.worker = WorkerId{1};
  leased.device = "cpu";
  leased.leased_at = TimePoint{1500};
  return leased;
}

inline PersistAttempt attempt_started(RunId run, Attempt attempt, std::int64_t first_step) {
  PersistAttempt started;
  started.run = run;
  started.attempt = attempt;
  started.started_at = TimePoint{1600};
  started.first_step = first_step;
  return started;
}

inline PersistRun run_in(RunId run, RunState state, Attempt attempt) {
  return {run, {.state = state, .attempt = attempt}};
}

/// Everything of a run of 4 steps and 2 epochs, from its lease to its end.
inline std::vector<Write> whole_run(RunId run, const std::vector<double>& accuracies = {0.6, 0.7}) {
  MetricBatch rows = batch_of_steps(run, Attempt{1}, 0, 4);
  for (std::size_t index = 0; index < accuracies.size(); ++index) {
    rows.evals.push_back(sample_eval(static_cast<std::int64_t>(index) + 1, accuracies[index]));
  }
  PersistAttempt ended;
  ended.run = run;
  ended.attempt = Attempt{1};
  ended.ended_at = TimePoint{9000 + run.value};
  ended.outcome = "succeeded";
  return {attempt_leased(run, Attempt{1}),
          attempt_started(run, Attempt{1}, 0),
          rows,
          TrainSeconds{run, Attempt{1}, 2.5},
          ended,
          run_in(run, RunState::succeeded, Attempt{1})};
}

}  // namespace tarama::db::test
