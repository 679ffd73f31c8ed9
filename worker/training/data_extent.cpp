// One pass over the data.
#include "worker/training/data_extent.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace tarama::training {

std::vector<std::int32_t> pieces_in(std::span<const TokenizedSplit* const> splits) {
  std::vector<bool> is_there;
  for (const TokenizedSplit* const split : splits) {
    for (const std::int32_t piece : split->ids) {
      const auto i = static_cast<std::size_t>(piece);
      if (i >= is_there.size()) {
        is_there.resize(i + 1);
      }
      is_there[i] = true;
    }
  }
  std::vector<std::int32_t> pieces;
  for (std::size_t piece = 0; piece < is_there.size(); ++piece) {
    if (is_there[piece]) {
      pieces.push_back(static_cast<std::int32_t>(piece));
    }
  }
  return pieces;
}

std::vector<std::int32_t> longest_batch(std::span<const TokenizedSplit* const> splits,
                                        std::int64_t batch_size) {
  std::vector<std::int32_t> lengths;
  for (const TokenizedSplit* const split : splits) {
    for (std::int64_t example = 0; example < split->examples(); ++example) {
      lengths.push_back(static_cast<std::int32_t>(split->tokens_of(example).size()));
    }
  }
  const auto count = std::min(static_cast<std::size_t>(batch_size), lengths.size());
  std::ranges::partial_sort(
      lengths, lengths.begin() + static_cast<std::ptrdiff_t>(count), std::greater<>());
  lengths.resize(count);
  return lengths;
}

}  // namespace tarama::training
