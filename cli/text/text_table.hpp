// Tables for people: columns aligned by display width. Pure.
#pragma once

#include "cli/text/text_style.hpp"
#include "cli/text/text_width.hpp"

#include <cstddef>
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

/// What each column takes: its title and every cell.
[[nodiscard]] std::vector<std::size_t> widths_of(const TextTable& table);

/// One line without its line feed, no trailing spaces; a cell that is wider than its column pushes
/// the rest of its line.
[[nodiscard]] std::string line_of(const std::vector<std::string>& cells,
                                  const std::vector<TableColumn>& columns,
                                  const std::vector<std::size_t>& widths);

/// A line of titles, then a line per row, each ended by a line feed, no trailing spaces.
[[nodiscard]] std::string to_text(const TextTable& table, const TextStyle& style);

}  // namespace tarama::cli
