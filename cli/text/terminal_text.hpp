// Text from users and logs on its way to a terminal: what would steer it is shown as an escape.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tarama::cli {

/// Control characters but for line ends and tabs, and the characters that turn the direction of
/// text around, as \\x1b or \\u202e; bytes that are not UTF-8 as \\xff. Everything else as it is.
[[nodiscard]] std::string for_terminal(std::string_view text);

/// How many bytes of `text`, which goes on elsewhere, can be shown now: all but a character or a
/// line end that is cut at its end.
[[nodiscard]] std::size_t whole_characters(std::string_view text);

}  // namespace tarama::cli
