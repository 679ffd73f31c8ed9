// Token ids of some examples, padded to the longest of them.
#include "worker/torch/batch.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace tarama::torch_trainer {

std::optional<std::string> misfit(const TokenizedSplit& split, const ModelConfig& config) {
  for (std::int64_t example = 0; example < split.examples(); ++example) {
    const auto tokens = split.tokens_of(example);
    const auto label = split.labels[static_cast<std::size_t>(example)];
    if (tokens.empty() || static_cast<std::int64_t>(tokens.size()) > config.max_positions) {
      return fmt::format("example {} has {} tokens; the model takes 1 to {}",
                         example,
                         tokens.size(),
                         config.max_positions);
    }
    const auto [lowest, highest] = std::ranges::minmax(tokens);
    if (lowest < 0 || highest >= config.vocab_size) {
      return fmt::format("example {} has the token id {}; the model's vocabulary has {} entries",
                         example,
                         lowest < 0 ? lowest : highest,
                         config.vocab_size);
    }
    if (label < 0 || label >= config.classes) {
      return fmt::format(
          "example {} has the class {}; the model has {} classes", example, label, config.classes);
    }
  }
  return std::nullopt;
}

Batch make_batch(const TokenizedSplit& split, std::span<const std::int64_t> examples) {
  TARAMA_ASSERT(!examples.empty(), "a batch holds at least one example");
  Batch batch;
  batch.examples = static_cast<std::int64_t>(examples.size());
  for (const std::int64_t example : examples) {
    const auto length = static_cast<std::int64_t>(split.tokens_of(example).size());
    batch.lengths.push_back(length);
    batch.labels.push_back(split.labels[static_cast<std::size_t>(example)]);
    batch.longest = std::max(batch.longest, length);
    batch.tokens += length;
  }
  const auto cells = static_cast<std::size_t>(batch.examples * batch.longest);
  batch.ids.resize(cells);
  batch.segments.resize(cells);
  for (std::size_t row = 0; row < examples.size(); ++row) {
    const auto tokens = split.tokens_of(examples[row]);
    const auto start = static_cast<std::ptrdiff_t>(row) * batch.longest;
    std::copy(tokens.begin(), tokens.end(), batch.ids.begin() + start);
    const auto second = split.second_starts[static_cast<std::size_t>(examples[row])];
    std::fill(batch.segments.begin() + start + second,
              batch.segments.begin() + start + batch.lengths[row],
              1);
  }
  return batch;
}

Batch make_batch_in_order(const TokenizedSplit& split, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> examples(static_cast<std::size_t>(count));
  std::iota(examples.begin(), examples.end(), first);
  return make_batch(split, examples);
}

}  // namespace tarama::torch_trainer
