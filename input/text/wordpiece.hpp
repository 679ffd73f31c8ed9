// BERT's tokenizer: text to word pieces, id for id as `tokenization.py` of
// pytorch_pretrained_bert 0.6.2 with Python's unicodedata 14.0.0; settings that it does not have
// do as the package `tokenizers` does. Any bytes are a text: what is
// not UTF-8 counts as U+FFFD, which the tokenizer drops.
#pragma once

#include "core/training/tokenizer_settings.hpp"
#include "input/text/added_tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarama::input {

/// The pieces that stay whole where they stand as a word between spaces, and are told apart
/// from their lower case: [UNK] [SEP] [PAD] [CLS] [MASK].
[[nodiscard]] bool is_special_piece(std::string_view word);

/// The words of a text before they are cut to pieces: split at spaces, Han characters and
/// punctuation. Added tokens are no matter of words.
[[nodiscard]] std::vector<std::string> basic_words(std::string_view text,
                                                   const TokenizerSettings& settings);

/// Calls `visit` with each stretch of `text` between ASCII spaces. The words of a text are
/// those of its stretches, one after the other, so both can be remembered by stretch.
template <class Visit>
void for_each_stretch(std::string_view text, Visit visit) {
  constexpr std::string_view spaces = " \t\n\r";
  for (std::size_t from = text.find_first_not_of(spaces); from != std::string_view::npos;) {
    const std::size_t to = std::min(text.find_first_of(spaces, from), text.size());
    visit(text.substr(from, to - from));
    from = text.find_first_not_of(spaces, to);
  }
}

/// Hashes std::string and std::string_view alike, so that a view needs no copy to be found.
struct StringHash {
  using is_transparent = void;

  [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

/// Remembers the ids of stretches of text it has seen: one object per thread.
class WordPiece {
 public:
  /// `vocab`: the piece of each id; of equal pieces the last one counts. It must hold [UNK].
  WordPiece(const std::vector<std::string>& vocab, TokenizerSettings settings);

  /// Appends the ids of `text`; no [CLS] and [SEP] are added.
  void append_ids(std::string_view text, std::vector<std::int32_t>& ids);

 private:
  void append_ids_between(std::string_view text, std::vector<std::int32_t>& ids);
  [[nodiscard]] std::vector<std::int32_t> ids_of_stretch(std::string_view stretch) const;
  void append_pieces(std::string_view word, std::vector<std::int32_t>& ids) const;

  StringMap<std::int32_t> starts_;         // every piece
  StringMap<std::int32_t> continuations_;  // those with "##" in front, without it
  std::size_t longest_piece_ = 0;          // in bytes
  std::int32_t unknown_ = 0;
  TokenizerSettings settings_;
  AddedTokens as_they_came_;  // of the added tokens, those sought in texts as they came,
  AddedTokens normalized_;    // and in normalized ones
  StringMap<std::vector<std::int32_t>> remembered_;
};

}  // namespace tarama::input
