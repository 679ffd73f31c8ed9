// Two small runs for trainers by a learner. How far a run gets may turn on rounding, which differs
// by vector unit, LibTorch and compiler: `small_job` is for what holds however a run goes (rows,
// equal bits, resumption), `plain_job` for what a sound trainer learns everywhere.
#pragma once

#include "core/training/philox.hpp"
#include "tests/support/recording_observer.hpp"
#include "worker/training/trainer.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {

inline constexpr std::int64_t vocab_size = 50;
inline constexpr std::int64_t classes = 3;

[[nodiscard]] inline TokenizedSplit made_up_split(std::int64_t examples, std::int64_t seed) {
  TokenizedSplit split;
  PhiloxStream random({.seed = seed, .place = Place::fake_noise});
  for (std::int64_t i = 0; i < examples; ++i) {
    const auto label = static_cast<std::int32_t>(random.below(classes));
    split.ids.push_back(1);
    split.ids.push_back(4 + label);
    for (std::uint64_t words = 1 + random.below(9); words > 0; --words) {
      split.ids.push_back(static_cast<std::int32_t>(7 + random.below(vocab_size - 7)));
    }
    split.ids.push_back(2);
    const auto length = static_cast<std::int64_t>(split.ids.size()) - split.offsets.back();
    split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
    split.second_starts.push_back(static_cast<std::int32_t>(i % 2 == 0 ? length : 2));
    split.labels.push_back(label);
  }
  return split;
}

[[nodiscard]] inline std::shared_ptr<const TokenizedData> made_up_data() {
  auto data = std::make_shared<TokenizedData>();
  data->train = made_up_split(37, 1);
  data->eval = made_up_split(21, 2);
  data->test = made_up_split(11, 3);
  data->classes = {"a", "b", "c"};
  return data;
}

/// 3 epochs of 5 steps, the last of 5 examples; dropout on.
[[nodiscard]] inline TrainJob small_job(Norm norm) {
  TrainJob job;
  job.training.lr = 3e-3;
  job.training.warmup = 0.2;
  job.training.epochs = 3;
  job.training.batch_size = 8;
  job.training.norm = norm;
  job.training.dropout = 0.1;
  job.seed = 7;
  job.wants_weights = true;
  job.config = {.vocab_size = vocab_size,
                .hidden = 16,
                .layers = 2,
                .heads = 2,
                .intermediate = 64,
                .max_positions = 32,
                .type_vocab_size = 2,
                .classes = classes,
                .norm = norm};
  job.data = made_up_data();
  return job;
}

/// Sentences of 3 to 8 words, each of which only one class has.
[[nodiscard]] inline TokenizedSplit plain_split(std::int64_t examples, std::int64_t seed) {
  constexpr std::int64_t words_a_class = (vocab_size - 5) / classes;
  TokenizedSplit split;
  PhiloxStream random({.seed = seed, .place = Place::fake_noise});
  for (std::int64_t i = 0; i < examples; ++i) {
    const std::int64_t label = i % classes;
    split.ids.push_back(1);
    for (std::uint64_t words = 3 + random.below(6); words > 0; --words) {
      const auto word = static_cast<std::int64_t>(random.below(words_a_class));
      split.ids.push_back(static_cast<std::int32_t>(5 + words_a_class * label + word));
    }
    split.ids.push_back(2);
    const auto length = static_cast<std::int64_t>(split.ids.size()) - split.offsets.back();
    split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
    split.second_starts.push_back(static_cast<std::int32_t>(length));
    split.labels.push_back(static_cast<std::int32_t>(label));
  }
  return split;
}

/// 10 epochs of 12 steps, which end with a loss near 0 from any seed. With the usual
/// initializer_range of 0.02 a model this narrow hardly sees its input at first, and leaves the
/// plateau where it began early or never, as rounding has it.
[[nodiscard]] inline TrainJob plain_job(Norm norm) {
  TrainJob job = small_job(norm);
  job.training.lr = 1e-3;
  job.training.epochs = 10;
  job.config.hidden = 32;
  job.config.intermediate = 128;
  job.config.initializer_range = 0.1;
  auto data = std::make_shared<TokenizedData>(*job.data);
  data->train = plain_split(96, 1);
  data->eval = plain_split(60, 2);
  data->test = plain_split(60, 3);
  job.data = std::move(data);
  return job;
}

/// What a finished run leaves.
struct Outcome {
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  TrainEnd::Kind kind = TrainEnd::Kind::failed;
  ModelWeights weights;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

[[nodiscard]] inline Outcome train_whole(Trainer& trainer, const TrainJob& job) {
  RecordingObserver observer;
  TrainEnd end = trainer.train(job, observer);
  return {std::move(observer.steps), std::move(observer.evals), end.kind, std::move(end.weights)};
}

/// The mean loss over `split` of what `predict` says with these weights.
[[nodiscard]] inline double loss_of(Trainer& trainer,
                                    const TrainJob& job,
                                    const ModelWeights& weights,
                                    const TokenizedSplit& split) {
  const auto probabilities = trainer.predict(job.config, weights, split);
  double sum = 0;
  for (std::size_t i = 0; i < split.labels.size(); ++i) {
    const auto label = static_cast<std::size_t>(split.labels[i]);
    sum -= std::log(static_cast<double>(probabilities[i * classes + label]));
  }
  return sum / static_cast<double>(split.labels.size());
}

}  // namespace tarama::test
