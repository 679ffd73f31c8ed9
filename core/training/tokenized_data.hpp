// Data as the trainer receives it: token ids and class numbers, no text and no files. Made once
// by `input`, shared read-only by all runs of a worker.
#pragma once

#include "core/training/shared_array.hpp"
#include "core/training/tokenizer_settings.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tarama {

/// Examples of one split, their tokens behind one another. Example i has the tokens
/// ids[offsets[i]] .. ids[offsets[i + 1]], [CLS] first, [SEP] last.
struct TokenizedSplit {
  SharedArray<std::int32_t> ids;
  SharedArray<std::int64_t> offsets = {0};
  SharedArray<std::int32_t> second_starts;  // tokens before segment B; the length where none is
  SharedArray<std::int32_t> labels;         // index into TokenizedData::classes

  [[nodiscard]] std::int64_t examples() const { return static_cast<std::int64_t>(labels.size()); }

  [[nodiscard]] std::span<const std::int32_t> tokens_of(std::int64_t example) const {
    const auto from = offsets[static_cast<std::size_t>(example)];
    const auto to = offsets[static_cast<std::size_t>(example) + 1];
    return std::span<const std::int32_t>(ids).subspan(static_cast<std::size_t>(from),
                                                      static_cast<std::size_t>(to - from));
  }

  friend bool operator==(const TokenizedSplit&, const TokenizedSplit&) = default;
};

struct TokenizedData {
  TokenizedSplit train;
  TokenizedSplit eval;
  TokenizedSplit test;               // empty where the sweep has none
  std::vector<std::string> classes;  // sorted: integers by value, strings by bytes
  std::vector<std::string> vocab;    // the word piece of each id; added tokens may go on behind it
  TokenizerSettings tokenizer;
  std::int64_t max_tokens = 128;
  std::string fingerprint;  // of everything above: equal fingerprints, equal training data

  friend bool operator==(const TokenizedData&, const TokenizedData&) = default;
};

}  // namespace tarama
