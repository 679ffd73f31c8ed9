// Examples gathered out of a split.
#include "worker/training/packed_batch.hpp"

#include "core/sweep/assert.hpp"

#include <cstddef>
#include <numeric>

namespace tarama::training {

PackedBatch pack(const TokenizedSplit& split, std::span<const std::int64_t> examples) {
  TARAMA_ASSERT(!examples.empty(), "a batch holds at least one example");
  PackedBatch batch;
  for (const std::int64_t example : examples) {
    const auto tokens = split.tokens_of(example);
    const auto index = static_cast<std::size_t>(example);
    batch.ids.insert(batch.ids.end(), tokens.begin(), tokens.end());
    batch.offsets.push_back(static_cast<std::int32_t>(batch.ids.size()));
    batch.second_starts.push_back(split.second_starts[index]);
    batch.labels.push_back(split.labels[index]);
  }
  return batch;
}

PackedBatch pack_in_order(const TokenizedSplit& split, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> examples(static_cast<std::size_t>(count));
  std::iota(examples.begin(), examples.end(), first);
  return pack(split, examples);
}

}  // namespace tarama::training
