// See vocabulary_style.hpp.
#include "input/text/vocabulary_style.hpp"

#include "input/files/utf8.hpp"
#include "input/text/unicode_properties.hpp"

#include <algorithm>
#include <string_view>

namespace tarama::input {

VocabularyStyle style_of(const std::vector<std::string>& pieces) {
  VocabularyStyle style;
  std::u32string letters;
  for (const std::string_view piece : pieces) {
    if (piece.starts_with('[') && piece.size() > 1) {
      continue;
    }
    letters.clear();
    for (std::size_t at = 0; at < piece.size();) {
      letters += next_code_point(piece, at).value_or(replacement_character);
    }
    if (!std::ranges::any_of(letters, is_word_character)) {
      continue;
    }
    const std::u32string decomposed = decompose(letters);
    ++style.lettered;
    style.capital += lower(letters) != letters ? 1 : 0;
    style.accented += std::ranges::any_of(decomposed, is_nonspacing_mark) ? 1 : 0;
  }
  return style;
}

}  // namespace tarama::input
