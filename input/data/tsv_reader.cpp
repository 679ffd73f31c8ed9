// See tsv_reader.hpp.
#include "input/data/tsv_reader.hpp"

#include "input/data/positional_columns.hpp"
#include "input/files/text_file.hpp"

#include <algorithm>

namespace tarama::input {
namespace {

std::vector<std::string> split_at_tabs(std::string_view line) {
  std::vector<std::string> cells;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t tab = std::min(line.find('\t', from), line.size());
    cells.emplace_back(line.substr(from, tab - from));
    from = tab + 1;
  }
  return cells;
}

}  // namespace

Table read_tsv(std::string_view text, const TableRequest& request) {
  Table table;
  PositionalColumns columns(request, "columns are split at tabs");
  for (const TextLine& line : lines_of(text)) {
    if (!line.text.empty()) {
      columns.take(line.number, split_at_tabs(line.text), table);
    }
  }
  columns.finish(table);
  return table;
}

}  // namespace tarama::input
