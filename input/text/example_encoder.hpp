// Texts, or pairs of texts, to the token ids of an example: [CLS] a [SEP], or
// [CLS] a [SEP] b [SEP], cut to a length as Hugging Face's tokenizers cut.
#pragma once

#include "core/training/tokenized_data.hpp"
#include "input/text/wordpiece.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

struct PairLengths {
  std::int64_t first = 0;
  std::int64_t second = 0;

  friend bool operator==(const PairLengths&, const PairLengths&) = default;
};

/// Cuts the tails of two texts so that both fit in `room` tokens: the longer one down to the
/// shorter one first, then both alike (`longest_first` of the package `tokenizers`).
[[nodiscard]] PairLengths cut_longest_first(PairLengths lengths, std::int64_t room);

/// Not for use by two threads at a time.
class ExampleEncoder {
 public:
  /// `vocab` holds [CLS], [SEP] and [UNK]; `max_tokens` is at least 3, with pairs 5.
  ExampleEncoder(const std::vector<std::string>& vocab,
                 const TokenizerSettings& settings,
                 std::int64_t max_tokens);

  /// Appends one example; its label is the caller's affair.
  void append(std::string_view text,
              std::optional<std::string_view> second_text,
              TokenizedSplit& split);

  [[nodiscard]] std::int64_t cut_texts() const { return cut_texts_; }

  /// Examples whose texts have no token at all.
  [[nodiscard]] std::int64_t empty_texts() const { return empty_texts_; }

 private:
  WordPiece wordpiece_;
  std::int32_t cls_ = 0;
  std::int32_t sep_ = 0;
  std::int64_t max_tokens_ = 0;
  std::int64_t cut_texts_ = 0;
  std::int64_t empty_texts_ = 0;
  std::vector<std::int32_t> first_;
  std::vector<std::int32_t> second_;
};

}  // namespace tarama::input
