// See table_format.hpp.
#include "cli/text/table_format.hpp"

#include "cli/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

std::string text_of(const db::Cell& cell, const std::string& null) {
  return std::visit(
      [&](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return null;
        } else {
          return fmt::format("{}", value);
        }
      },
      cell);
}

ordered_json json_of(const db::Cell& cell) {
  return std::visit(
      [](const auto& value) -> ordered_json {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return nullptr;
        } else {
          return value;  // NaN and infinity, which JSON lacks, are written as null
        }
      },
      cell);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char letter : text) {
    quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  }
  return quoted + "\"";
}

template <class Fields>
std::string csv_line(const Fields& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    line += (i == 0 ? "" : ",") + csv_field(fields[i]);
  }
  return line + "\r\n";
}

std::string to_csv(const db::Table& table) {
  std::string text = csv_line(table.columns);
  for (const auto& row : table.rows) {
    std::vector<std::string> fields;
    for (const db::Cell& cell : row) {
      fields.push_back(text_of(cell, ""));
    }
    text += csv_line(fields);
  }
  return text;
}

std::vector<std::string> distinct_names(const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const std::string& column : columns) {
    std::string name = column;
    for (int copy = 2; std::find(names.begin(), names.end(), name) != names.end(); ++copy) {
      name = fmt::format("{}:{}", column, copy);
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::string to_json_text(const db::Table& table, TableFormat format) {
  const auto names = distinct_names(table.columns);
  ordered_json rows = ordered_json::array();
  for (const auto& row : table.rows) {
    ordered_json object = ordered_json::object();
    for (std::size_t i = 0; i < names.size(); ++i) {
      object[names[i]] = json_of(row[i]);
    }
    rows.push_back(std::move(object));
  }
  constexpr auto invalid = ordered_json::error_handler_t::replace;
  if (format == TableFormat::json) {
    return rows.dump(2, ' ', false, invalid) + "\n";
  }
  std::string lines;
  for (const ordered_json& row : rows) {
    lines += row.dump(-1, ' ', false, invalid) + "\n";
  }
  return lines;
}

bool is_number(const db::Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

std::string to_aligned(const db::Table& table, const TextStyle& style) {
  TextTable text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool is_numeric = std::any_of(
        table.rows.begin(), table.rows.end(), [&](const auto& row) { return is_number(row[i]); });
    text.columns.push_back({printable(table.columns[i]), is_numeric ? Align::right : Align::left});
  }
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const db::Cell& cell : row) {
      const double* number = std::get_if<double>(&cell);
      cells.push_back(number != nullptr ? fmt::format("{:.6g}", *number)
                                        : printable(text_of(cell, "NULL")));
    }
    text.rows.push_back(std::move(cells));
  }
  return to_text(text, style);
}

}  // namespace

std::string format_table(const db::Table& table, TableFormat format, const TextStyle& style) {
  switch (format) {
    case TableFormat::table:
      return to_aligned(table, style);
    case TableFormat::csv:
      return to_csv(table);
    case TableFormat::json:
    case TableFormat::jsonl:
      return to_json_text(table, format);
  }
  return "";
}

}  // namespace tarama::cli
