// See folded_text.hpp.
#include "input/text/folded_text.hpp"

#include "input/files/utf8.hpp"
#include "input/text/unicode_properties.hpp"

namespace tarama::input {

std::string folded_text(std::string_view text) {
  std::u32string kept;
  bool has_space_before = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code_point = next_code_point(text, at).value_or(replacement_character);
    if (is_space(code_point)) {
      has_space_before = !kept.empty();
    } else if (!is_other(code_point)) {
      if (has_space_before) {
        kept += U' ';
      }
      has_space_before = false;
      kept += code_point;
    }
  }
  std::string folded;
  for (const char32_t code_point : decompose(lower(kept))) {
    append_utf8(folded, code_point);
  }
  return folded;
}

}  // namespace tarama::input
