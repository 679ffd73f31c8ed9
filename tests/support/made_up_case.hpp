// A small model and one batch, made up: any norm, shape and lengths, the same numbers for the same
// seed.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::test {

struct MadeUpCase {
  Norm norm = Norm::post;
  std::int64_t hidden = 16;
  std::int64_t layers = 2;
  std::int64_t heads = 2;
  std::int64_t intermediate = 64;
  std::vector<std::int32_t> lengths;  // of the batch's examples, in tokens
  double dropout = 0;
  std::int64_t seed = 1;

  [[nodiscard]] std::string words() const;
  [[nodiscard]] ModelConfig config() const;
  /// Larger than initial weights are, so that every nonlinearity is met.
  [[nodiscard]] ModelWeights weights() const;
  /// Of `lengths`; another one for each number.
  [[nodiscard]] training::PackedBatch batch(std::int64_t number = 1) const;
};

/// The word pieces in a batch, ascending.
[[nodiscard]] std::vector<std::int32_t> pieces_of(const training::PackedBatch& batch);

}  // namespace tarama::test
