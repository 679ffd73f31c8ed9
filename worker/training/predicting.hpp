// Class probabilities of a split by a learner that gives scores of packed batches.
#pragma once

#include "core/training/model_config.hpp"
#include "core/training/tokenized_data.hpp"
#include "worker/training/learner.hpp"
#include "worker/training/packed_batch.hpp"

#include <functional>
#include <vector>

namespace tarama::training {

/// What a learner is made of that is to score `split`. Throws std::invalid_argument, with words for
/// a person, if the examples do not fit the model.
[[nodiscard]] LearnerSpec spec_for_predicting(const ModelConfig& config,
                                              const TokenizedSplit& split);

/// The scores of a batch, [examples, classes].
using ScoresOf = std::function<std::vector<float>(const PackedBatch& batch)>;

/// Of every example, [examples, classes], row-major.
[[nodiscard]] std::vector<float> probabilities_of(const TokenizedSplit& split,
                                                  std::int64_t classes,
                                                  const ScoresOf& scores_of);

}  // namespace tarama::training
