// Some examples of a split, packed: their tokens behind one another and no padding. What else a
// device wants of them is the learner's own affair.
#pragma once

#include "core/training/tokenized_data.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tarama::training {

/// Example i of the batch has the tokens ids[offsets[i]] .. ids[offsets[i + 1]].
struct PackedBatch {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> offsets = {0};
  std::vector<std::int32_t> second_starts;  // an example's tokens before its segment B
  std::vector<std::int32_t> labels;

  [[nodiscard]] std::int64_t examples() const { return static_cast<std::int64_t>(labels.size()); }

  [[nodiscard]] std::int64_t tokens() const { return offsets.back(); }

  friend bool operator==(const PackedBatch&, const PackedBatch&) = default;
};

/// The named examples of `split`, in the order given. At least one.
[[nodiscard]] PackedBatch pack(const TokenizedSplit& split, std::span<const std::int64_t> examples);

/// The examples first .. first + count - 1 of `split`, in file order.
[[nodiscard]] PackedBatch pack_in_order(const TokenizedSplit& split,
                                        std::int64_t first,
                                        std::int64_t count);

}  // namespace tarama::training
