// Lengths, token ids and labels of every example.
#include "worker/training/data_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tarama::training {

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
    const auto second = split.second_starts[static_cast<std::size_t>(example)];
    const auto length = static_cast<std::int32_t>(tokens.size());
    if (second < 0 || second > length || (second < length && config.type_vocab_size < 2)) {
      return fmt::format(
          "example {} has its second text at token {} of {}; the model knows {} "
          "segment{}",
          example,
          second,
          length,
          config.type_vocab_size,
          config.type_vocab_size == 1 ? "" : "s");
    }
    if (label < 0 || label >= config.classes) {
      return fmt::format(
          "example {} has the class {}; the model has {} classes", example, label, config.classes);
    }
  }
  return std::nullopt;
}

}  // namespace tarama::training
