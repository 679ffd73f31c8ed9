// `vocab: auto`: word pieces made of the training texts, for a model from scratch. Frequent
// words are whole; all others are spelled, character by character. Pure.
#pragma once

#include "input/text/wordpiece.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

/// [PAD] [UNK] [CLS] [SEP] [MASK]; then characters as they begin a word, or go on with it (with
/// "##"), the commonest first, at most half of the vocabulary; then words that stand there at
/// least twice, the commonest first. Equally common ones by their bytes. At most `vocab_size`
/// pieces, but never less than the five.
[[nodiscard]] std::vector<std::string> build_vocab(const std::vector<std::string_view>& texts,
                                                   const TokenizerSettings& settings,
                                                   std::int64_t vocab_size);

}  // namespace tarama::input
