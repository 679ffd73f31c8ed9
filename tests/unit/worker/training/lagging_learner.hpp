// A learner without a model: numbers that depend on every batch before, in its order, and come as
// many steps late as a test says.
#pragma once

#include "core/training/architecture.hpp"
#include "tests/support/recording_observer.hpp"
#include "worker/training/learner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {

inline constexpr std::int64_t toy_classes = 3;

/// 22 examples to train on and 9 to evaluate on, in batches of 4: 6 steps an epoch, 3 epochs.
[[nodiscard]] inline TrainJob toy_job() {
  const auto split = [](std::int64_t examples) {
    TokenizedSplit made;
    for (std::int64_t i = 0; i < examples; ++i) {
      for (std::int64_t token = 0; token < 2 + i % 3; ++token) {
        made.ids.push_back(static_cast<std::int32_t>((7 * i + token) % 10));
      }
      made.offsets.push_back(static_cast<std::int64_t>(made.ids.size()));
      made.second_starts.push_back(static_cast<std::int32_t>(2 + i % 3));
      made.labels.push_back(static_cast<std::int32_t>(i % toy_classes));
    }
    return made;
  };
  auto data = std::make_shared<TokenizedData>();
  data->train = split(22);
  data->eval = split(9);
  data->test = split(5);
  data->classes = {"a", "b", "c"};
  TrainJob job;
  job.training.epochs = 3;
  job.training.batch_size = 4;
  job.training.lr = 0.5;
  job.metric.take = Take::best;
  job.wants_weights = true;
  job.keep_predictions = KeepPredictions::chosen;
  job.config = {.vocab_size = 10,
                .hidden = 2,
                .layers = 1,
                .heads = 1,
                .intermediate = 4,
                .max_positions = 8,
                .classes = toy_classes};
  job.data = std::move(data);
  return job;
}

/// Fails the test where the loop breaks the seam's rules.
class LaggingLearner : public training::Learner {
 public:
  explicit LaggingLearner(const TrainJob& job, std::int64_t lag) : job_(job), lag_(lag) {}

  std::optional<std::int64_t> nan_at;  // the step whose loss is not a number

  void enqueue(training::PackedBatch batch, std::int64_t step) override {
    EXPECT_EQ(step, updates_) << "steps count up by one";
    EXPECT_LE(static_cast<std::int64_t>(pending_.size()), lag_);
    const double loss = step == nan_at ? std::numeric_limits<double>::quiet_NaN() : loss_of(batch);
    for (const std::int32_t id : batch.ids) {
      model_ = 0.9F * model_ + 0.1F * static_cast<float>(id);
    }
    pending_.push_back({step, loss, std::move(batch)});
    ++updates_;
  }

  training::StepOutcome collect() override {
    const Pending oldest = std::move(pending_.front());
    pending_.pop_front();
    return {oldest.step, {oldest.loss, classes_of(oldest.batch)}};
  }

  [[nodiscard]] std::int64_t lag() const override { return lag_; }

  training::BatchOutcome evaluate(const training::PackedBatch& batch) override {
    EXPECT_TRUE(pending_.empty());
    std::vector<std::int32_t> classes = classes_of(batch);
    for (std::int32_t& predicted : classes) {  // by the model, so that epochs differ
      predicted = static_cast<std::int32_t>((predicted + static_cast<std::int64_t>(8 * model_)) %
                                            toy_classes);
    }
    return {loss_of(batch), std::move(classes)};
  }

  /// Late as steps are.
  void enqueue_evaluation(const training::PackedBatch& batch) override {
    EXPECT_LE(std::ssize(evaluated_), lag_);
    evaluated_.push_back(evaluate(batch));
    most_evaluated = std::max(most_evaluated, std::ssize(evaluated_));
  }

  training::BatchOutcome collect_evaluation() override {
    const training::BatchOutcome oldest = std::move(evaluated_.front());
    evaluated_.pop_front();
    return oldest;
  }

  std::int64_t most_evaluated = 0;  // and not collected, at once

  [[nodiscard]] double lr_at(std::int64_t step) const override {
    return job_.training.lr / static_cast<double>(1 + step);
  }

  ModelWeights weights() override { return named(""); }

  std::map<std::string, NamedArray> arrays() override {
    auto arrays = named("parameter/");
    arrays.merge(named("next_m/"));
    arrays.merge(named("next_v/"));
    return arrays;
  }

  void restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) override {
    model_ = arrays.at("parameter/classifier.bias").values[0];
    updates_ = updates;
  }

 private:
  struct Pending {
    std::int64_t step;
    double loss;
    training::PackedBatch batch;
  };

  [[nodiscard]] double loss_of(const training::PackedBatch& batch) const {
    return std::abs(static_cast<double>(model_) - static_cast<double>(batch.ids.front()));
  }

  [[nodiscard]] static std::vector<std::int32_t> classes_of(const training::PackedBatch& batch) {
    std::vector<std::int32_t> classes;
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
      classes.push_back(
          static_cast<int>(batch.ids[static_cast<std::size_t>(batch.offsets[i])] % toy_classes));
    }
    return classes;
  }

  /// The whole model is one number: every parameter is full of it.
  [[nodiscard]] std::map<std::string, NamedArray> named(const std::string& prefix) {
    EXPECT_TRUE(pending_.empty()) << "the model is read with no step under way";
    EXPECT_TRUE(evaluated_.empty());
    std::map<std::string, NamedArray> arrays;
    for (const Parameter& parameter : parameters_of(job_.config)) {
      std::size_t elements = 1;
      for (const std::int64_t dimension : parameter.shape) {
        elements *= static_cast<std::size_t>(dimension);
      }
      arrays.emplace(prefix + parameter.name,
                     NamedArray{parameter.shape, std::vector<float>(elements, model_)});
    }
    return arrays;
  }

  const TrainJob& job_;
  std::int64_t lag_;
  std::int64_t updates_ = 0;
  float model_ = 5;
  std::deque<Pending> pending_;
  std::deque<training::BatchOutcome> evaluated_;
};

}  // namespace tarama::test
