// UTF-8 as it comes from outside: any bytes. Decoding never fails; what is not UTF-8 is told
// apart and can be replaced. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::input {

inline constexpr char32_t replacement_character = 0xFFFD;

/// The code point at text[at], and moves `at` behind it. Nothing where the bytes are not UTF-8;
/// `at` then moves past the longest part that could have begun a character, as Python's
/// errors="replace" does. `at` must be below text.size().
[[nodiscard]] std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at);

/// Appends `code_point`, which must not be a surrogate nor above U+10FFFF.
void append_utf8(std::string& text, char32_t code_point);

/// Puts U+FFFD in the place of everything that is not UTF-8; gives how often.
std::int64_t replace_invalid_utf8(std::string& text);

}  // namespace tarama::input
