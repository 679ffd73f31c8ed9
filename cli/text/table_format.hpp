// Answers in SQL as text, written row by row: aligned for people, CSV (RFC 4180), JSON, JSON Lines.
#pragma once

#include "cli/text/text_style.hpp"
#include "db/sqlite/read_store.hpp"

#include <memory>
#include <ostream>

namespace tarama::cli {

enum class TableFormat { table, csv, json, jsonl };

/// Who reads CSV: a program gets the bytes as they are, a terminal what would steer it as escapes,
/// as in every other format.
enum class Reader { program, terminal };

/// Writes while rows come and keeps none, but that `table` looks at the first thousand before it
/// says how wide its columns are. Nothing is written before the first row or `finish`. Stops where
/// the stream takes no more.
class TableWriter : public db::RowSink {
 public:
  /// Behind the last row.
  virtual void finish() = 0;
};

/// Numbers in their shortest exact form, in a table to six digits. NULL is empty in CSV, null in
/// JSON, "NULL" in a table. Of columns with one name, the second is "name:2" in JSON. `out` must
/// outlive the writer.
[[nodiscard]] std::unique_ptr<TableWriter> table_writer(std::ostream& out,
                                                        TableFormat format,
                                                        const TextStyle& style,
                                                        Reader reader = Reader::program);

}  // namespace tarama::cli
