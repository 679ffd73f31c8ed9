// One pass over a batch.
#include "worker/packed/model/token_layout.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <cstddef>

namespace tarama::packed {

Capacity capacity_for(std::span<const std::int32_t> lengths,
                      std::int64_t (*padded)(std::int64_t keys)) {
  Capacity capacity;
  capacity.examples = static_cast<std::int64_t>(lengths.size());
  for (const std::int64_t length : lengths) {
    capacity.tokens += length;
    capacity.longest = std::max(capacity.longest, length);
    capacity.squares += length * padded(length);
    capacity.bits += bit_words(length);
  }
  return capacity;
}

bool is_within(const TokenLayout& batch, const Capacity& capacity) {
  std::int64_t longest = 0;
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    longest = std::max(longest, batch.length(example));
  }
  return batch.examples() <= capacity.examples && batch.tokens() <= capacity.tokens &&
         longest <= capacity.longest && batch.squares.back() <= capacity.squares &&
         batch.bits.back() <= capacity.bits;
}

void lay_out(std::span<const std::int32_t> ids,
             std::span<const std::int32_t> offsets,
             std::span<const std::int32_t> second_starts,
             std::span<const std::int32_t> row_of,
             std::int64_t (*padded)(std::int64_t keys),
             TokenLayout& layout) {
  const std::size_t tokens = ids.size();
  layout.words.resize(tokens);
  layout.types.resize(tokens);
  layout.example_of.resize(tokens);
  layout.position_of.resize(tokens);
  layout.offsets.assign(offsets.begin(), offsets.end());
  layout.squares.assign(1, 0);
  layout.bits.assign(1, 0);
  for (std::size_t example = 0; example + 1 < offsets.size(); ++example) {
    const std::int32_t first = offsets[example];
    const std::int32_t length = offsets[example + 1] - first;
    for (std::int32_t position = 0; position < length; ++position) {
      const auto token = static_cast<std::size_t>(first + position);
      layout.words[token] = row_of[static_cast<std::size_t>(ids[token])];
      TARAMA_ASSERT(layout.words[token] >= 0, "the learner was told every piece in the data");
      layout.types[token] = position >= second_starts[example] ? 1 : 0;
      layout.example_of[token] = static_cast<std::int32_t>(example);
      layout.position_of[token] = position;
    }
    layout.squares.push_back(layout.squares.back() + length * padded(length));
    layout.bits.push_back(layout.bits.back() + bit_words(length));
  }
}

}  // namespace tarama::packed
