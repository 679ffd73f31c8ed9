// A batch as plain LibTorch operations take it: examples side by side, padded to the longest of
// them. Plain arrays; no LibTorch.
#pragma once

#include "worker/training/packed_batch.hpp"

#include <cstdint>
#include <vector>

namespace tarama::torch_trainer {

/// `ids` and `segments` are [examples, longest], row-major, 0 behind an example's end.
struct PaddedBatch {
  std::int64_t examples = 0;
  std::int64_t longest = 0;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> segments;  // 0, and 1 from second_starts on
  std::vector<std::int64_t> lengths;
  std::vector<std::int32_t> labels;
};

[[nodiscard]] PaddedBatch pad(const training::PackedBatch& batch);

}  // namespace tarama::torch_trainer
