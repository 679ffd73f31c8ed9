// See predicting.hpp.
#include "worker/training/predicting.hpp"

#include "worker/training/data_check.hpp"
#include "worker/training/data_extent.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>

namespace tarama::training {
namespace {

// Of predict alone: training evaluates by the run's batch_size.
constexpr std::int64_t predict_batch_size = 32;

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

}  // namespace

LearnerSpec spec_for_predicting(const ModelConfig& config, const TokenizedSplit& split) {
  if (const auto why = misfit(split, config)) {
    throw std::invalid_argument(*why);
  }
  LearnerSpec spec;
  spec.config = config;
  const TokenizedSplit* const splits[] = {&split};
  spec.pieces = pieces_in(splits);
  spec.longest_batch = longest_batch(splits, predict_batch_size);
  return spec;
}

std::vector<float> probabilities_of(const TokenizedSplit& split,
                                    std::int64_t classes,
                                    const ScoresOf& scores_of) {
  const auto width = static_cast<std::size_t>(classes);
  std::vector<float> probabilities;
  for (std::int64_t first = 0; first < split.examples(); first += predict_batch_size) {
    const std::int64_t count = std::min(predict_batch_size, split.examples() - first);
    std::vector<float> scores = scores_of(pack_in_order(split, first, count));
    for (std::size_t row = 0; row < scores.size(); row += width) {
      softmax(std::span(scores).subspan(row, width));
    }
    probabilities.insert(probabilities.end(), scores.begin(), scores.end());
  }
  return probabilities;
}

}  // namespace tarama::training
