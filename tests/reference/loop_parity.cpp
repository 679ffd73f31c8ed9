// The job of a parity run, and what its rows must say.
#include "tests/reference/loop_parity.hpp"

#include "core/training/shuffle.hpp"
#include "tests/support/recording_observer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <utility>

namespace tarama::test {
namespace {

/// Where in the batches, one behind the other, an example lies.
struct Where {
  std::size_t batch = 0;
  std::size_t row = 0;
};

std::vector<Where> examples_of(const std::vector<training::PackedBatch>& batches) {
  std::vector<Where> examples;
  for (std::size_t batch = 0; batch < batches.size(); ++batch) {
    for (std::size_t row = 0; row < batches[batch].labels.size(); ++row) {
      examples.push_back({batch, row});
    }
  }
  return examples;
}

void append(TokenizedSplit& split, const training::PackedBatch& batch, std::size_t row) {
  const auto first = batch.ids.begin() + batch.offsets[row];
  const auto last = batch.ids.begin() + batch.offsets[row + 1];
  split.ids.insert(split.ids.end(), first, last);
  split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
  split.second_starts.push_back(static_cast<std::int32_t>(last - first));  // one segment
  split.labels.push_back(batch.labels[row]);
}

/// The split whose first epoch under `seed` goes through the batches as they stand.
TokenizedSplit unshuffled(const std::vector<training::PackedBatch>& batches, std::int64_t seed) {
  const std::vector<Where> examples = examples_of(batches);
  const std::vector<std::int64_t> order =
      shuffled_order(static_cast<std::int64_t>(examples.size()), seed, 1);
  std::vector<Where> placed(examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    placed[static_cast<std::size_t>(order[i])] = examples[i];
  }
  TokenizedSplit split;
  for (const Where& where : placed) {
    append(split, batches[where.batch], where.row);
  }
  return split;
}

TrainJob job_of(const ParitySettings& settings,
                const ModelConfig& config,
                const ModelWeights& weights,
                const std::vector<training::PackedBatch>& batches) {
  TrainJob job;
  job.training.lr = settings.lr;
  job.training.warmup = settings.schedule.warmup;
  job.training.schedule = settings.schedule.kind;
  job.training.batch_size = batches.front().examples();
  job.training.weight_decay = settings.weight_decay;
  job.training.max_grad_norm = settings.max_grad_norm;
  job.training.norm = config.norm;
  job.training.dropout = 0;
  job.wants_weights = true;
  job.config = config;
  auto data = std::make_shared<TokenizedData>();
  data->train = unshuffled(batches, job.seed);
  append(data->eval, batches.front(), 0);  // a run has an evaluation
  for (std::int64_t i = 0; i < config.classes; ++i) {
    data->classes.push_back(std::to_string(i));
  }
  job.data = std::move(data);
  job.weights = std::make_shared<const ModelWeights>(weights);
  return job;
}

void expect_norms(const ModelWeights& weights, const ParityNumbers& expected, Tolerance tolerance) {
  for (const auto& [name, norm] : expected.parameter_norms_after) {
    ASSERT_TRUE(weights.contains(name)) << name;
    double sum = 0;
    for (const float value : weights.at(name).values) {
      sum += static_cast<double>(value) * static_cast<double>(value);
    }
    EXPECT_NEAR(std::sqrt(sum), norm, tolerance.relative * (norm + tolerance.scale)) << name;
  }
}

}  // namespace

void expect_parity_of_loop(Trainer& trainer,
                           const nlohmann::json& run,
                           const ModelConfig& config,
                           const ModelWeights& weights,
                           const std::vector<training::PackedBatch>& batches,
                           Tolerance tolerance) {
  const ParitySettings settings = parity_settings(run);
  const ParityNumbers expected = expected_numbers(run);
  ASSERT_EQ(static_cast<double>(batches.size()), settings.schedule.t_total);
  RecordingObserver observer;

  const TrainEnd end = trainer.train(job_of(settings, config, weights, batches), observer);

  ASSERT_EQ(end.kind, TrainEnd::Kind::succeeded) << end.message;
  ASSERT_EQ(observer.steps.size(), settings.steps);
  for (std::size_t step = 0; step < settings.steps; ++step) {
    SCOPED_TRACE(step);
    const StepRow& row = observer.steps[step];
    const double loss = expected.losses[step];
    EXPECT_EQ(row.lr, settings.lr * lr_factor(settings.schedule, static_cast<std::int64_t>(step)));
    EXPECT_NEAR(row.loss, loss, tolerance.relative * (loss + tolerance.scale));
    EXPECT_EQ(row.tokens, static_cast<std::int64_t>(batches[step].ids.size()));
    // Which class leads where both are within rounding is tested with the leads themselves.
    EXPECT_NEAR(row.flat_accuracy,
                expected.flat_accuracies[step],
                1.01 / static_cast<double>(row.examples));
  }
  expect_norms(end.weights, expected, tolerance);
}

}  // namespace tarama::test
