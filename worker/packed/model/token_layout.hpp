// Where a batch's tokens are: which example each belongs to, and at which position.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarama::packed {

/// A batch as the model reads it: its words are rows of the compact table.
struct TokenLayout {
  std::vector<std::int32_t> words;        // of each token
  std::vector<std::int32_t> types;        // of each token: its segment, 0 or 1
  std::vector<std::int32_t> example_of;   // of each token
  std::vector<std::int32_t> position_of;  // of each token
  std::vector<std::int32_t> offsets;      // of each example its first token, and the end
  std::vector<std::int64_t> squares;  // of each example where its square of attention begins, in
                                      // elements of one head, and the end
  std::vector<std::int64_t> bits;     // the same for its dropout, in words of 64 bits

  [[nodiscard]] std::int64_t tokens() const { return static_cast<std::int64_t>(words.size()); }

  [[nodiscard]] std::int64_t examples() const {
    return static_cast<std::int64_t>(offsets.size()) - 1;
  }

  [[nodiscard]] std::int64_t length(std::int64_t example) const {
    const auto i = static_cast<std::size_t>(example);
    return offsets[i + 1] - offsets[i];
  }

  /// Where the probabilities of one head of an example begin, all heads of it behind one another.
  [[nodiscard]] std::int64_t square_of(std::int64_t example,
                                       std::int64_t head,
                                       std::int64_t heads) const {
    const auto i = static_cast<std::size_t>(example);
    return squares[i] * heads + head * (squares[i + 1] - squares[i]);
  }

  /// The same for its dropout.
  [[nodiscard]] std::int64_t bits_of(std::int64_t example,
                                     std::int64_t head,
                                     std::int64_t heads) const {
    const auto i = static_cast<std::size_t>(example);
    return bits[i] * heads + head * (bits[i + 1] - bits[i]);
  }
};

/// The most that a batch holds: buffers are sized by it.
struct Capacity {
  std::int64_t examples = 0;
  std::int64_t tokens = 0;
  std::int64_t longest = 0;
  std::int64_t squares = 0;  // elements of one head
  std::int64_t bits = 0;     // words of one head
};

[[nodiscard]] bool is_within(const TokenLayout& batch, const Capacity& capacity);

/// Words of 64 bits for a square of length x length, and one behind that kernels may read.
[[nodiscard]] constexpr std::int64_t bit_words(std::int64_t length) {
  return (length * length + 63) / 64 + 1;
}

/// Of a batch of examples of these lengths. `padded` is the kernels' length of a row of
/// probabilities.
[[nodiscard]] Capacity capacity_for(std::span<const std::int32_t> lengths,
                                    std::int64_t (*padded)(std::int64_t keys));

/// Replaces `layout`; allocates only where a batch is larger than all before. `row_of` is the row
/// of each word piece; the example i has the tokens ids[offsets[i]] .. ids[offsets[i + 1]].
void lay_out(std::span<const std::int32_t> ids,
             std::span<const std::int32_t> offsets,
             std::span<const std::int32_t> second_starts,
             std::span<const std::int32_t> row_of,
             std::int64_t (*padded)(std::int64_t keys),
             TokenLayout& layout);

}  // namespace tarama::packed
