// Token ids of some examples, padded to the longest of them.
#include "worker/torch/padded_batch.hpp"

#include <algorithm>
#include <cstddef>

namespace tarama::torch_trainer {

PaddedBatch pad(const training::PackedBatch& batch) {
  PaddedBatch padded;
  padded.examples = batch.examples();
  padded.labels = batch.labels;
  for (std::size_t i = 0; i + 1 < batch.offsets.size(); ++i) {
    padded.lengths.push_back(batch.offsets[i + 1] - batch.offsets[i]);
    padded.longest = std::max(padded.longest, padded.lengths.back());
  }
  const auto cells = static_cast<std::size_t>(padded.examples * padded.longest);
  padded.ids.resize(cells);
  padded.segments.resize(cells);
  for (std::size_t row = 0; row < padded.lengths.size(); ++row) {
    const auto start = static_cast<std::ptrdiff_t>(row) * padded.longest;
    std::copy(batch.ids.begin() + batch.offsets[row],
              batch.ids.begin() + batch.offsets[row + 1],
              padded.ids.begin() + start);
    std::fill(padded.segments.begin() + start + batch.second_starts[row],
              padded.segments.begin() + start + padded.lengths[row],
              1);
  }
  return padded;
}

}  // namespace tarama::torch_trainer
