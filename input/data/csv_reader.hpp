// Comma-separated values by RFC 4180: a field in double quotes may hold commas, line ends and
// quotes written twice. A quote inside an unquoted field is text. Empty lines are left out.
#pragma once

#include "input/data/table.hpp"

#include <string_view>

namespace tarama::input {

/// As read_table; also of values that another letter separates.
[[nodiscard]] Table read_csv(std::string_view text,
                             const TableRequest& request,
                             char separator = ',');

}  // namespace tarama::input
