// Which columns of a row a request means, where columns have places: in TSV and CSV. The first
// row decides how many columns there are and, with a header, their names. Shared by both.
#pragma once

#include "input/data/row_errors.hpp"
#include "input/data/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

class PositionalColumns {
 public:
  PositionalColumns(const TableRequest& request, char separator, Quotes quotes);

  /// Rows in the file's order; the header, where there is one, is the first.
  void take(std::int64_t line, std::vector<std::string> cells, Table& table);
  /// After the last row.
  void finish(Table& table) const;

 private:
  void keep_header(const std::vector<std::string>& cells, Table& table) const;
  void resolve(std::int64_t line, const std::vector<std::string>& first_row, Table& table);

  const TableRequest& request_;
  std::string_view separation_;  // "columns are split at tabs", for messages
  Quotes quotes_;
  RowErrors row_errors_;
  bool has_first_row_ = false;
  bool has_every_column_ = true;
  std::int64_t first_line_ = 0;
  std::size_t width_ = 0;
  std::vector<std::size_t> places_;  // of the requested columns
};

}  // namespace tarama::input
