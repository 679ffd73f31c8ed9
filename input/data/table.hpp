// Rows of a data file, reduced to the columns that were asked for, and what is wrong with them.
// The readers of the three formats (tsv_reader, csv_reader, jsonl_reader) yield this.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

enum class Header { absent, present };
enum class EmptyLines { left_out, kept };  // kept: as rows of empty cells
enum class CellKind { text, label };       // in JSON a label may be a number or a truth value

struct ColumnRequest {
  ColumnRef column;
  CellKind kind = CellKind::text;
};

struct TableRequest {
  std::string name;  // of the file, for messages
  std::vector<ColumnRequest> columns;
  Header header = Header::absent;
  std::optional<Quotes> quotes = std::nullopt;  // nullopt: csv in CSV, text in TSV
  EmptyLines empty_lines = EmptyLines::left_out;
};

struct TableRow {
  std::int64_t line = 1;           // where the row begins
  std::vector<std::string> cells;  // one per requested column

  friend bool operator==(const TableRow&, const TableRow&) = default;
};

struct TableError {
  std::optional<std::size_t> column;  // index into TableRequest::columns; none: the file itself
  std::string message;                // begins with file or file:line

  friend bool operator==(const TableError&, const TableError&) = default;
};

/// Of what JSON types the labels are; of the other formats they are text.
struct LabelTypes {
  std::int64_t numbers = 0;
  std::int64_t texts = 0;
  std::int64_t booleans = 0;

  friend bool operator==(const LabelTypes&, const LabelTypes&) = default;
};

struct Table {
  std::vector<TableRow> rows;
  std::vector<TableError> errors;        // rows count only where there are none
  std::vector<std::string> header = {};  // of the requested columns, where there is one
  LabelTypes label_types = {};

  friend bool operator==(const Table&, const Table&) = default;
};

enum class TableFormat { tsv, csv, jsonl };

/// By the ending of the file's name, in any case of letters; ".gz" behind it is left aside.
[[nodiscard]] std::optional<TableFormat> table_format_of(const std::filesystem::path& path);

/// `text` is valid UTF-8 without a byte order mark.
[[nodiscard]] Table read_table(TableFormat format,
                               std::string_view text,
                               const TableRequest& request);

}  // namespace tarama::input
