// See text_table.hpp.
#include "cli/text/text_table.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <cstddef>

namespace tarama::cli {
namespace {

constexpr std::string_view gap = "  ";

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

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string to_text(const TextTable& table, const TextStyle& style) {
  const auto widths = widths_of(table);
  const auto line_of = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += i == 0 ? "" : gap;
      line += pad(cell_at(i), widths[i], table.columns[i].align);
    }
    return without_trailing_spaces(std::move(line));
  };
  const std::string titles = line_of([&](std::size_t i) { return table.columns[i].title; });
  std::string text = style(Paint::bold, titles) + "\n";
  for (const auto& row : table.rows) {
    text += line_of([&](std::size_t i) { return row[i]; }) + "\n";
  }
  return text;
}

}  // namespace tarama::cli
