// Tab-separated values as CoLA and GLUE have them: a row is a line, split at tabs; quotes are
// text, and nothing escapes anything. Empty lines are left out.
#pragma once

#include "input/data/table.hpp"

#include <string_view>

namespace tarama::input {

/// As read_table; also of values that another letter separates.
[[nodiscard]] Table read_tsv(std::string_view text,
                             const TableRequest& request,
                             char separator = '\t');

}  // namespace tarama::input
