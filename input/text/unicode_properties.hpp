// What the tokenizer of the original asks of Unicode, with the answers of Python's unicodedata
// 14.0.0, on top of utf8proc. Pure.
//
// utf8proc knows a later Unicode than 14 (2.8: Unicode 15). Characters that are new there count
// as unassigned here, as for Python; compared over all code points, nothing else differs.
// Characters new in Unicode 16 or later, with a utf8proc that knows them, are not held back.
#pragma once

#include <string>

namespace tarama::input {

/// Category Cc, Cf, Cn, Co or Cs.
[[nodiscard]] bool is_other(char32_t code_point);
/// Category Mn: a mark without a width of its own.
[[nodiscard]] bool is_nonspacing_mark(char32_t code_point);
/// Category P*, or one of ASCII's symbols ($ + < = > ^ ` | ~), which the original counts in.
[[nodiscard]] bool is_punctuation(char32_t code_point);
/// Letters, marks, digits and connectors: \w of the package `tokenizers`.
[[nodiscard]] bool is_word_character(char32_t code_point);
/// What Python's str.split() splits at.
[[nodiscard]] bool is_space(char32_t code_point);
/// The blocks of Han characters that the original sets apart: each is a word.
[[nodiscard]] bool is_han(char32_t code_point);

/// Python's str.lower(): full case mapping, with the rule of the final sigma.
[[nodiscard]] std::u32string lower(const std::u32string& text);
/// Canonical decomposition (NFD).
[[nodiscard]] std::u32string decompose(const std::u32string& text);

}  // namespace tarama::input
