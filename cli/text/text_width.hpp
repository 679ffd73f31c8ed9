// How wide a text stands on a terminal, and texts cut and padded to a width. UTF-8; wide and
// combining characters count as a terminal shows them; colours (ESC [ ... m) take no room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tarama::cli {

/// Columns that `text` takes. Invalid bytes count as one column each.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` cut to at most `columns`, the last of them an ellipsis where something was cut, never
/// inside a number: the beginning of one would read as another. Colours that the cut leaves open
/// are closed.
[[nodiscard]] std::string fit(std::string_view text, std::size_t columns);

enum class Align { left, right };

/// `text` filled with spaces up to `columns`; a longer text stays as it is.
[[nodiscard]] std::string pad(std::string_view text, std::size_t columns, Align align);

/// `text` on lines of at most `columns`, broken between words; a longer word has a line for itself.
/// No line feed at the end.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns);

/// `text` on one line, without what would move a terminal's cursor or change its state: line ends
/// and tabs become spaces, the rest is as for_terminal shows it. For names and messages that others
/// wrote.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace tarama::cli
