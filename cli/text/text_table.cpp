// See text_table.hpp.
#include "cli/text/text_table.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <utility>

namespace tarama::cli {
namespace {

constexpr std::string_view gap = "  ";

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::vector<std::size_t> widths_of(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (const TableColumn& column : table.columns) {
    widths.push_back(display_width(column.title));
  }
  for (const auto& row : table.rows) {
    TARAMA_ASSERT(row.size() == widths.size(), "a row has a cell per column");
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  return widths;
}

std::string line_of(const std::vector<std::string>& cells,
                    const std::vector<TableColumn>& columns,
                    const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    line += i == 0 ? "" : gap;
    line += pad(cells[i], widths[i], columns[i].align);
  }
  return without_trailing_spaces(std::move(line));
}

std::string to_text(const TextTable& table, const TextStyle& style) {
  const auto widths = widths_of(table);
  std::vector<std::string> titles;
  for (const TableColumn& column : table.columns) {
    titles.push_back(column.title);
  }
  std::string text = style(Paint::bold, line_of(titles, table.columns, widths)) + "\n";
  for (const auto& row : table.rows) {
    text += line_of(row, table.columns, widths) + "\n";
  }
  return text;
}

}  // namespace tarama::cli
