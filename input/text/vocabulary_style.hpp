// What a vocabulary itself tells of the texts that it was made of, to hold settings against it.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::input {

struct VocabularyStyle {
  std::int64_t lettered = 0;  // pieces with a letter, but for those in brackets
  std::int64_t capital = 0;   // of them, those that lower case changes
  std::int64_t accented = 0;  // of them, those that lose something without accents

  /// Made of texts as they were written: some in a hundred pieces are so, and not by chance.
  [[nodiscard]] bool is_cased() const { return capital >= 10 && capital * 50 >= lettered; }

  [[nodiscard]] bool has_accents() const { return accented >= 10 && accented * 50 >= lettered; }

  /// Made of lowered texts.
  [[nodiscard]] bool is_lowered() const { return capital == 0 && lettered >= 20; }
};

[[nodiscard]] VocabularyStyle style_of(const std::vector<std::string>& pieces);

}  // namespace tarama::input
