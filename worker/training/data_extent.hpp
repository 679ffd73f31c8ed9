// What a learner is told of the data before the first batch: how large a batch may be, and which
// word pieces there are.
#pragma once

#include "core/training/tokenized_data.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tarama::training {

/// The word pieces that occur in any of the splits, ascending.
[[nodiscard]] std::vector<std::int32_t> pieces_in(std::span<const TokenizedSplit* const> splits);

/// The lengths of the `batch_size` longest examples of all splits, longest first: no batch of any
/// of them has more tokens.
[[nodiscard]] std::vector<std::int32_t> longest_batch(std::span<const TokenizedSplit* const> splits,
                                                      std::int64_t batch_size);

}  // namespace tarama::training
