// See tsv_reader.hpp.
#include "input/data/tsv_reader.hpp"

#include "input/data/positional_columns.hpp"
#include "input/files/text_file.hpp"

#include <algorithm>

namespace tarama::input {
namespace {

std::vector<std::string> split_at(std::string_view line, char separator) {
  std::vector<std::string> cells;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t end = std::min(line.find(separator, from), line.size());
    cells.emplace_back(line.substr(from, end - from));
    from = end + 1;
  }
  return cells;
}

}  // namespace

Table read_tsv(std::string_view text, const TableRequest& request, char separator) {
  Table table;
  PositionalColumns columns(request, separator, Quotes::text);
  for (const TextLine& line : lines_of(text)) {
    if (!line.text.empty() || request.empty_lines == EmptyLines::kept) {
      columns.take(line.number, split_at(line.text, separator), table);
    }
  }
  columns.finish(table);
  return table;
}

}  // namespace tarama::input
