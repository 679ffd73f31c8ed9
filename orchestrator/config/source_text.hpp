// The text of a sweep file as bytes: whether it is text at all, and from the byte positions of
// the YAML parser to the columns that an editor shows. Pure.
#pragma once

#include "orchestrator/config/key_positions.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::config {

class SourceText {
 public:
  /// `text` must outlive this object. A byte order mark is not part of the first line.
  SourceText(std::string_view text, std::size_t source);

  /// Without its byte order mark.
  [[nodiscard]] std::string_view text() const { return text_; }

  [[nodiscard]] Position position_at(std::size_t byte) const;

  /// `line` and `byte_column` from 0, as yaml-cpp counts; places past an end are the end.
  [[nodiscard]] Position position_at(std::size_t line, std::size_t byte_column) const;

  /// The text of a line, from 1, without its end.
  [[nodiscard]] std::string_view line(int number) const;

  /// The byte at which the first thing stands that no YAML text may hold (a NUL or another
  /// control character, bytes that are not UTF-8).
  [[nodiscard]] std::optional<std::size_t> first_bad_byte() const;

 private:
  std::string_view text_;
  std::size_t source_;
  std::vector<std::size_t> line_starts_;  // byte of each line's start; never empty
  std::vector<int> characters_before_;    // each byte, and the end
};

/// The length of the UTF-8 character at the start of `text`; 0 if there is none. As Unicode
/// says: no overlong forms, no surrogates, nothing past U+10FFFF.
[[nodiscard]] std::size_t character_length(std::string_view text);

}  // namespace tarama::config
