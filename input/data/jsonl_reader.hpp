// JSON Lines: an object a line, columns by name. A text is a string; a label a string, a number
// or a truth value. Half of a surrogate pair, which JSON can write and UTF-8 cannot hold, is
// U+FFFD. Blank lines are left out.
#pragma once

#include "input/data/table.hpp"

#include <string_view>

namespace tarama::input {

/// As read_table; the header of the request means nothing here.
[[nodiscard]] Table read_jsonl(std::string_view text, const TableRequest& request);

}  // namespace tarama::input
