// Tables for people: columns aligned by display width. Pure.
#pragma once

#include "cli/text/text_style.hpp"
#include "cli/text/text_width.hpp"

#include <string>
#include <vector>

namespace tarama::cli {

struct TableColumn {
  std::string title;
  Align align = Align::left;
};

struct TextTable {
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
};

/// A line of titles, then a line per row, each ended by a line feed, no trailing spaces.
[[nodiscard]] std::string to_text(const TextTable& table, const TextStyle& style);

}  // namespace tarama::cli
