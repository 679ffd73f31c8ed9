// How texts become token ids, beside the vocabulary: what a model was pretrained with must hold for
// every text that it ever sees. Plain values; `input/text` does what they say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// A text that is one token wherever it stands. In one of a text as it came, or with `normalized`
/// in the text after cleaning and lowering, itself lowered likewise.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;      // for those who decode; changes no id
  bool single_word = false;  // only where no letter or digit is beside it
  bool lstrip = false;       // takes the spaces before it along; changes no id of BERT's
  bool rstrip = false;
  bool normalized = false;

  friend bool operator==(const AddedToken&, const AddedToken&) = default;
};

struct TokenizerSettings {
  bool lowercase = true;
  std::optional<bool> strip_accents;     // nullopt: as `lowercase`
  bool splits_han = true;                // tokenize_chinese_chars: each Han character is a word
  std::vector<std::string> never_split;  // whole where they stand as words between spaces
  std::vector<AddedToken> added;         // ids may lie beyond the vocabulary

  [[nodiscard]] bool strips_accents() const { return strip_accents.value_or(lowercase); }

  /// Whether `lowercase` alone says what these settings are.
  [[nodiscard]] bool is_usual() const {
    return strip_accents.value_or(lowercase) == lowercase && splits_han && never_split.empty() &&
           added.empty();
  }

  friend bool operator==(const TokenizerSettings&, const TokenizerSettings&) = default;
};

}  // namespace tarama
