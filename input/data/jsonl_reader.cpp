// See jsonl_reader.hpp.
#include "input/data/jsonl_reader.hpp"

#include "core/bytes/json_extent.hpp"
#include "input/data/nearest_names.hpp"
#include "input/data/row_errors.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tarama::input {
namespace {

using nlohmann::json;

/// The value of the \uXXXX at text[at]; nothing where there is none.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') {
    return std::nullopt;
  }
  unsigned unit = 0;
  for (const char digit : text.substr(at + 2, 4)) {
    unsigned value = 0;
    if (digit >= '0' && digit <= '9') {
      value = static_cast<unsigned>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      value = static_cast<unsigned>(digit - 'a') + 10;
    } else if (digit >= 'A' && digit <= 'F') {
      value = static_cast<unsigned>(digit - 'A') + 10;
    } else {
      return std::nullopt;
    }
    unit = unit * 16 + value;
  }
  return unit;
}

/// `line` with every escaped half of a surrogate pair as the escape of U+FFFD: the parser
/// refuses the whole line otherwise.
std::string with_whole_surrogates(std::string_view line) {
  std::string repaired(line);
  for (std::size_t at = repaired.find('\\'); at != std::string::npos && at + 1 < repaired.size();
       at = repaired.find('\\', at)) {
    const std::optional<unsigned> unit = escaped_unit(repaired, at);
    if (!unit) {
      at += 2;  // an escape of another kind, which may itself be a backslash
      continue;
    }
    const bool is_high = *unit >= 0xD800 && *unit < 0xDC00;
    const bool is_low = *unit >= 0xDC00 && *unit < 0xE000;
    const std::optional<unsigned> next = is_high ? escaped_unit(repaired, at + 6) : std::nullopt;
    if (next && *next >= 0xDC00 && *next < 0xE000) {
      at += 12;
      continue;
    }
    if (is_high || is_low) {
      repaired.replace(at + 2, 4, "FFFD");
    }
    at += 6;
  }
  return repaired;
}

std::vector<std::string> names_of(const json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) {
    names.push_back(name);
  }
  return names;
}

std::optional<std::string> cell_of(const json& value, CellKind kind) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (kind == CellKind::text) {
    return std::nullopt;
  }
  if (value.is_boolean() || value.is_number()) {
    return value.dump();
  }
  return std::nullopt;
}

class JsonlReader {
 public:
  explicit JsonlReader(const TableRequest& request) : request_(request), errors_(request.name) {}

  void take(const TextLine& line, Table& table) {
    if (const auto flaw = beyond({}, line.text)) {
      errors_.add(line.number, std::nullopt, *flaw);
      return;
    }
    try {
      const std::string repaired = line.text.find("\\u") == std::string_view::npos
                                       ? std::string(line.text)
                                       : with_whole_surrogates(line.text);
      take_object(line.number, json::parse(repaired), table);
    } catch (const json::parse_error& error) {
      errors_.add(line.number,
                  std::nullopt,
                  fmt::format("not JSON from byte {} of the line on; expected one object per line",
                              std::max<std::size_t>(error.byte, 1)));
    }
  }

  void finish(Table& table) const { errors_.append_to(table); }

 private:
  void take_object(std::int64_t line, const json& object, Table& table) {
    if (!object.is_object()) {
      errors_.add(line,
                  std::nullopt,
                  fmt::format("the line holds {} {}, expected an object like {{\"text\": \"...\"}}",
                              object.is_array() ? "an" : "a",
                              object.type_name()));
      return;
    }
    TableRow row{line, {}};
    for (std::size_t i = 0; i < request_.columns.size(); ++i) {
      const auto& [column, kind] = request_.columns[i];
      const auto& name = std::get<std::string>(column);
      const auto found = object.find(name);
      if (found == object.end()) {
        errors_.add(
            line,
            i,
            fmt::format("no key '{}'; there are {}",
                        name,
                        object.empty() ? "none" : listed_nearest_first(name, names_of(object))));
        continue;
      }
      std::optional<std::string> cell = cell_of(*found, kind);
      if (!cell) {
        errors_.add(line,
                    i,
                    fmt::format("'{}' is {}, expected {}",
                                name,
                                found->type_name(),
                                kind == CellKind::text ? "a string" : "a string or an integer"));
        continue;
      }
      row.cells.push_back(std::move(*cell));
    }
    if (row.cells.size() == request_.columns.size()) {
      table.rows.push_back(std::move(row));
    }
  }

  const TableRequest& request_;
  RowErrors errors_;
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Columns of a .jsonl have no places.
void refuse_indices(const TableRequest& request, std::string_view first_line, Table& table) {
  const json first = beyond({}, first_line) ? json() : json::parse(first_line, nullptr, false);
  for (std::size_t i = 0; i < request.columns.size(); ++i) {
    const auto* index = std::get_if<std::int64_t>(&request.columns[i].column);
    if (index == nullptr) {
      continue;
    }
    const std::string names = first.is_object() && !first.empty()
                                  ? "; there are " + listed_nearest_first("", names_of(first))
                                  : "";
    table.errors.push_back({i,
                            fmt::format("{}: columns of a .jsonl file go by name, not by index "
                                        "({}){}",
                                        request.name,
                                        *index,
                                        names)});
  }
}

}  // namespace

Table read_jsonl(std::string_view text, const TableRequest& request) {
  Table table;
  std::vector<TextLine> lines = lines_of(text);
  std::erase_if(lines, [](const TextLine& line) { return is_blank(line.text); });
  refuse_indices(request, lines.empty() ? std::string_view("{}") : lines.front().text, table);
  if (!table.errors.empty()) {
    return table;
  }
  JsonlReader reader(request);
  for (const TextLine& line : lines) {
    reader.take(line, table);
  }
  reader.finish(table);
  if (lines.empty()) {
    table.errors.push_back(
        {std::nullopt, fmt::format("{}: the file is empty, expected rows", request.name)});
  }
  return table;
}

}  // namespace tarama::input
