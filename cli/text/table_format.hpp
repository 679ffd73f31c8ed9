// A table of SQL as text: aligned for people, CSV (RFC 4180), JSON, JSON Lines. Pure.
#pragma once

#include "cli/text/text_style.hpp"
#include "db/sqlite/read_store.hpp"

#include <string>

namespace tarama::cli {

enum class TableFormat { table, csv, json, jsonl };

/// Numbers in their shortest exact form, in a table to six digits. NULL is empty in CSV, null in
/// JSON, "NULL" in a table. Of columns with one name, the second is "name:2" in JSON.
[[nodiscard]] std::string format_table(const db::Table& table,
                                       TableFormat format,
                                       const TextStyle& style);

}  // namespace tarama::cli
