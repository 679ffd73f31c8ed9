// From a job to its learner; predictions.
#include "worker/packed/packed_trainer.hpp"

#include "core/sweep/numerics_version.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"
#include "worker/training/data_check.hpp"
#include "worker/training/data_extent.hpp"
#include "worker/training/learner_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace tarama {
namespace {

// Of predict alone: training evaluates by the run's batch_size.
constexpr std::int64_t predict_batch_size = 32;

class PackedTrainer : public training::LearnerTrainer {
 public:
  [[nodiscard]] std::string_view kind() const override { return "packed"; }

  [[nodiscard]] std::string arithmetic(const TrainJob& job) const override;

  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 protected:
  [[nodiscard]] std::unique_ptr<training::Learner> make_learner(
      const training::LearnerSpec& spec, const ModelWeights& weights) override {
    return std::make_unique<packed::PackedLearner>(spec, weights, packed_kernels());
  }

  [[nodiscard]] std::vector<std::int64_t> state_shape(const TrainJob& job,
                                                      const Parameter& parameter) const override;
};

/// As PackedLearner::arrays keeps them.
std::vector<std::int64_t> PackedTrainer::state_shape(const TrainJob& job,
                                                     const Parameter& parameter) const {
  std::vector<std::int64_t> shape = parameter.shape;
  if (job.data->train.examples() == 0) {
    return shape;  // nothing was ever trained on it
  }
  const TokenizedSplit* const splits[] = {&job.data->train, &job.data->eval, &job.data->test};
  if (parameter.module == Module::word_embeddings) {
    shape.front() = std::ssize(training::pieces_in(splits));
  } else if (parameter.module == Module::position_embeddings) {
    shape.front() = training::longest_batch(splits, 1).front();
  }
  return shape;
}

std::string PackedTrainer::arithmetic(const TrainJob& /*job*/) const {
#if defined(__GLIBC__)
  const std::string library = fmt::format("glibc {}", gnu_get_libc_version());
#else
  const std::string library = "another C library";
#endif
  return fmt::format("packed {}; kernels for {} by compiler {} with '{}', {}",
                     numerics_version_of("packed"),
                     packed_kernels(),
                     __VERSION__,
                     TARAMA_COMPILED_WITH,
                     library);
}

/// Scores become probabilities in place.
void softmax(std::span<float> row) {
  const double largest = *std::ranges::max_element(row);
  double sum = 0;
  for (const float score : row) {
    sum += std::exp(static_cast<double>(score) - largest);
  }
  for (float& score : row) {
    score = static_cast<float>(std::exp(static_cast<double>(score) - largest) / sum);
  }
}

std::vector<float> PackedTrainer::predict(const ModelConfig& config,
                                          const ModelWeights& weights,
                                          const TokenizedSplit& split) {
  if (const auto why = training::misfit(split, config)) {
    throw std::invalid_argument(*why);
  }
  training::LearnerSpec spec;
  spec.config = config;
  const TokenizedSplit* const splits[] = {&split};
  spec.pieces = training::pieces_in(splits);
  spec.longest_batch = training::longest_batch(splits, predict_batch_size);
  packed::PackedLearner learner(spec, weights, packed_kernels());
  const auto classes = static_cast<std::size_t>(config.classes);
  std::vector<float> probabilities;
  for (std::int64_t first = 0; first < split.examples(); first += predict_batch_size) {
    const std::int64_t count = std::min(predict_batch_size, split.examples() - first);
    std::vector<float> scores = learner.scores(training::pack_in_order(split, first, count));
    for (std::size_t row = 0; row < scores.size(); row += classes) {
      softmax(std::span(scores).subspan(row, classes));
    }
    probabilities.insert(probabilities.end(), scores.begin(), scores.end());
  }
  return probabilities;
}

}  // namespace

std::unique_ptr<Trainer> make_packed_trainer() {
  return std::make_unique<PackedTrainer>();
}

std::string packed_kernels() {
  return std::string(packed::kernels().name);
}

}  // namespace tarama
