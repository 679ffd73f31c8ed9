// See positional_columns.hpp.
#include "input/data/positional_columns.hpp"

#include "input/data/nearest_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tarama::input {
namespace {

std::string counted_columns(std::size_t width) {
  return width == 1 ? "1 column" : fmt::format("{} columns", width);
}

/// The columns that there are, to choose from.
std::string columns_of(std::size_t width) {
  return width == 1 ? "there is 1 column, 0"
                    : fmt::format("there are {} columns, 0 to {}", width, width - 1);
}

std::string no_such_index(std::int64_t index, std::size_t width, std::string_view separation) {
  return fmt::format("no column {}: {} ({})", index, columns_of(width), separation);
}

std::string name_without_header(const std::string& name, std::size_t width) {
  return fmt::format(
      "a column by name ('{}') needs `header: true`; without a header give its index: {}",
      name,
      columns_of(width));
}

/// Of a row that has another width: whether a quoted field opens in it, or closes.
std::string_view hint_at_quotes(const std::vector<std::string>& cells) {
  const bool has_lone_quote = std::ranges::any_of(
      cells, [](const std::string& cell) { return std::ranges::count(cell, '"') % 2 != 0; });
  return has_lone_quote ? "; a quoted field seems to hold a line end or a separator: `data: "
                          "{quotes: csv}` reads quotes as CSV does"
                        : "";
}

/// Of a first row that is one column: whether it is split at something else.
std::string hint_at_separator(const std::vector<std::string>& first_row) {
  constexpr std::array<std::pair<char, std::string_view>, 4> others = {
      {{'\t', "tabs: call it .tsv"},
       {',', "commas: call it .csv"},
       {';', "semicolons: save it with commas"},
       {'|', "bars: save it with commas"}}};
  for (const auto& [letter, advice] : others) {
    if (first_row.size() == 1 && first_row[0].find(letter) != std::string::npos) {
      return fmt::format("; the line seems to be split at {}", advice);
    }
  }
  return "";
}

}  // namespace

PositionalColumns::PositionalColumns(const TableRequest& request, char separator, Quotes quotes)
    : request_(request),
      separation_(separator == '\t' ? "columns are split at tabs" : "columns are split at commas"),
      quotes_(quotes),
      row_errors_(request.name) {}

void PositionalColumns::take(std::int64_t line, std::vector<std::string> cells, Table& table) {
  if (!has_first_row_) {
    resolve(line, cells, table);
    if (request_.header == Header::present) {
      keep_header(cells, table);
      return;
    }
  }
  if (request_.empty_lines == EmptyLines::kept && cells.size() == 1 && cells[0].empty()) {
    cells.resize(width_);
  }
  if (cells.size() != width_) {
    row_errors_.add(line,
                    std::nullopt,
                    fmt::format("{}, expected {} as in line {} ({}){}",
                                counted_columns(cells.size()),
                                width_,
                                first_line_,
                                separation_,
                                quotes_ == Quotes::text ? hint_at_quotes(cells) : ""));
    return;
  }
  if (!has_every_column_) {
    return;
  }
  TableRow row{line, {}};
  row.cells.reserve(places_.size());
  for (const std::size_t place : places_) {
    row.cells.push_back(cells[place]);
  }
  table.rows.push_back(std::move(row));
}

void PositionalColumns::keep_header(const std::vector<std::string>& cells, Table& table) const {
  for (const std::size_t place : places_) {
    table.header.push_back(place < cells.size() ? cells[place] : "");
  }
}

void PositionalColumns::finish(Table& table) const {
  row_errors_.append_to(table);
  if (!table.errors.empty() || !table.rows.empty()) {
    return;
  }
  table.errors.push_back({std::nullopt,
                          fmt::format("{}: {}",
                                      request_.name,
                                      has_first_row_ ? "there is no row below the header"
                                                     : "the file is empty, expected rows")});
}

void PositionalColumns::resolve(std::int64_t line,
                                const std::vector<std::string>& first_row,
                                Table& table) {
  has_first_row_ = true;
  first_line_ = line;
  width_ = first_row.size();
  for (std::size_t i = 0; i < request_.columns.size(); ++i) {
    const auto refuse = [&](const std::string& why) {
      has_every_column_ = false;
      table.errors.push_back({i, fmt::format("{}:{}: {}", request_.name, line, why)});
    };
    const ColumnRef& column = request_.columns[i].column;
    if (const auto* index = std::get_if<std::int64_t>(&column)) {
      const bool is_there = *index >= 0 && static_cast<std::size_t>(*index) < width_;
      if (!is_there) {
        refuse(no_such_index(*index, width_, separation_) + hint_at_separator(first_row));
      }
      places_.push_back(is_there ? static_cast<std::size_t>(*index) : 0);
      continue;
    }
    const auto& name = std::get<std::string>(column);
    const auto found = std::find(first_row.begin(), first_row.end(), name);
    places_.push_back(static_cast<std::size_t>(found - first_row.begin()));
    if (request_.header == Header::absent) {
      refuse(name_without_header(name, width_));
    } else if (found == first_row.end()) {
      refuse(fmt::format("no column '{}'; there are {}{}",
                         name,
                         listed_nearest_first(name, first_row),
                         hint_at_separator(first_row)));
    } else if (std::find(found + 1, first_row.end(), name) != first_row.end()) {
      refuse(fmt::format("the header has the column '{}' twice; give its index instead", name));
    }
  }
}

}  // namespace tarama::input
