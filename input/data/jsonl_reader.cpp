// See jsonl_reader.hpp.
#include "input/data/jsonl_reader.hpp"

#include "core/bytes/json_extent.hpp"
#include "input/data/nearest_names.hpp"
#include "input/data/row_errors.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

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

enum class JsonType { null, boolean, number, string, array, object };

std::string_view word_for(JsonType type) {
  constexpr std::array<std::string_view, 6> names = {
      "null", "boolean", "number", "string", "array", "object"};
  return names.at(static_cast<std::size_t>(type));
}

struct JsonCell {
  JsonType type = JsonType::null;
  std::string text;  // of a string, number or truth value
};

/// A number as the text of its value: 1, 1.0 and 1e0 are the same label.
std::string canonical_number(double value, std::string_view written) {
  if (written.find_first_not_of("-0123456789") == std::string_view::npos) {
    return std::string(written);  // a whole number beyond 64 bits keeps all of its digits
  }
  constexpr double beyond_shorter = 1e300;
  if (value == std::floor(value) && std::abs(value) < beyond_shorter) {
    return fmt::format("{:.0f}", value + 0.0);  // + 0.0 makes a 0 of -0
  }
  return fmt::format("{}", value);
}

/// The members of the object on one line. nlohmann's tree would keep no digits of long numbers.
class LineReader final : public nlohmann::json_sax<json> {
 public:
  std::map<std::string, JsonCell> cells;
  JsonType outermost = JsonType::null;
  std::size_t failed_at = 0;       // byte of the line; 0: not
  std::string too_large_number;    // where that is what failed
  std::set<std::string> repeated;  // keys that stand there more than once

  bool null() override { return take(JsonType::null, ""); }

  bool boolean(bool value) override { return take(JsonType::boolean, value ? "true" : "false"); }

  bool number_integer(number_integer_t value) override {
    return take(JsonType::number, std::to_string(value));
  }

  bool number_unsigned(number_unsigned_t value) override {
    return take(JsonType::number, std::to_string(value));
  }

  bool number_float(number_float_t value, const string_t& written) override {
    return take(JsonType::number, canonical_number(value, written));
  }

  bool string(string_t& value) override { return take(JsonType::string, std::move(value)); }

  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*members*/) override {
    (void)take(JsonType::object, "");
    ++depth_;
    return true;
  }

  bool end_object() override {
    --depth_;
    return true;
  }

  bool start_array(std::size_t /*elements*/) override {
    (void)take(JsonType::array, "");
    ++depth_;
    return true;
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      key_ = std::move(name);
    }
    return true;
  }

  bool parse_error(std::size_t position,
                   const std::string& last_token,
                   const nlohmann::detail::exception& error) override {
    constexpr int number_overflow = 406;
    failed_at = std::max<std::size_t>(position, 1);
    too_large_number = error.id == number_overflow ? last_token : "";
    return false;
  }

 private:
  bool take(JsonType type, std::string text) {
    if (depth_ == 0) {
      outermost = type;
    } else if (depth_ == 1 && outermost == JsonType::object) {
      if (!cells.insert_or_assign(key_, JsonCell{type, std::move(text)}).second) {
        repeated.insert(key_);
      }
    }
    return true;
  }

  std::size_t depth_ = 0;
  std::string key_;
};

/// What Python writes for what is no number, where the reader failed; empty: something else.
std::string_view python_word_at(std::string_view line, std::size_t byte) {
  const std::string_view rest = line.substr(std::min(line.size(), byte - 1));
  return rest.starts_with("NaN") ? "NaN" : rest.starts_with("Infinity") ? "Infinity" : "";
}

std::string why_no_json(const LineReader& reader, std::string_view line) {
  if (!reader.too_large_number.empty()) {
    return fmt::format("the number {} is beyond what a number can be; write it as text",
                       std::string_view(reader.too_large_number).substr(0, 40));
  }
  const std::size_t byte = std::max<std::size_t>(reader.failed_at, 1);
  const std::string_view word = python_word_at(line, byte);
  return word.empty() ? fmt::format(
                            "not JSON from byte {} of the line on; expected one object per "
                            "line",
                            byte)
                      : fmt::format(
                            "{} is no value of JSON; where a value is missing, leave the "
                            "row out",
                            word);
}

std::vector<std::string> names_of(const std::map<std::string, JsonCell>& cells) {
  std::vector<std::string> names;
  for (const auto& [name, cell] : cells) {
    names.push_back(name);
  }
  return names;
}

bool may_be(JsonType type, CellKind kind) {
  const bool is_label = type == JsonType::number || type == JsonType::boolean;
  return type == JsonType::string || (kind == CellKind::label && is_label);
}

class JsonlReader {
 public:
  explicit JsonlReader(const TableRequest& request) : request_(request), errors_(request.name) {}

  void take(const TextLine& line, Table& table) {
    if (const auto flaw = beyond({}, line.text)) {
      errors_.add(line.number, std::nullopt, *flaw);
      return;
    }
    const std::string repaired = line.text.find("\\u") == std::string_view::npos
                                     ? std::string(line.text)
                                     : with_whole_surrogates(line.text);
    LineReader reader;
    if (json::sax_parse(repaired, &reader)) {
      take_object(line.number, reader, table);
      return;
    }
    errors_.add(line.number, std::nullopt, why_no_json(reader, repaired));
  }

  void finish(Table& table) const { errors_.append_to(table); }

 private:
  void take_object(std::int64_t line, LineReader& reader, Table& table) {
    if (reader.outermost != JsonType::object) {
      errors_.add(line,
                  std::nullopt,
                  fmt::format("the line holds {} {}, expected an object like {{\"text\": \"...\"}}",
                              reader.outermost == JsonType::array ? "an" : "a",
                              word_for(reader.outermost)));
      return;
    }
    TableRow row{line, {}};
    for (std::size_t i = 0; i < request_.columns.size(); ++i) {
      const auto& [column, kind] = request_.columns[i];
      const auto& name = std::get<std::string>(column);
      const auto found = reader.cells.find(name);
      if (found == reader.cells.end()) {
        errors_.add(
            line,
            i,
            fmt::format("no key '{}'; there are {}",
                        name,
                        reader.cells.empty() ? "none"
                                             : listed_nearest_first(name, names_of(reader.cells))));
        continue;
      }
      if (reader.repeated.contains(name)) {
        errors_.add(line, i, fmt::format("the key '{}' stands there more than once", name));
        continue;
      }
      const JsonType type = found->second.type;
      if (!may_be(type, kind)) {
        errors_.add(line,
                    i,
                    fmt::format("'{}' is {}, expected {}",
                                name,
                                word_for(type),
                                kind == CellKind::text ? "a string" : "a string or an integer"));
        continue;
      }
      row.cells.push_back(found->second.text);  // may be asked for twice
      count_label(type, kind, table.label_types);
    }
    if (row.cells.size() == request_.columns.size()) {
      table.rows.push_back(std::move(row));
    }
  }

  static void count_label(JsonType type, CellKind kind, LabelTypes& types) {
    if (kind == CellKind::label) {
      types.numbers += type == JsonType::number ? 1 : 0;
      types.texts += type == JsonType::string ? 1 : 0;
      types.booleans += type == JsonType::boolean ? 1 : 0;
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
  LineReader first;
  if (!beyond({}, first_line)) {
    (void)json::sax_parse(first_line, &first);
  }
  for (std::size_t i = 0; i < request.columns.size(); ++i) {
    const auto* index = std::get_if<std::int64_t>(&request.columns[i].column);
    if (index == nullptr) {
      continue;
    }
    const std::string names =
        first.cells.empty() ? "" : "; there are " + listed_nearest_first("", names_of(first.cells));
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
  if (request.empty_lines == EmptyLines::left_out) {
    std::erase_if(lines, [](const TextLine& line) { return is_blank(line.text); });
  }
  refuse_indices(request, lines.empty() ? std::string_view("{}") : lines.front().text, table);
  if (!table.errors.empty()) {
    return table;
  }
  JsonlReader reader(request);
  for (const TextLine& line : lines) {
    if (is_blank(line.text)) {
      table.rows.push_back({line.number, std::vector<std::string>(request.columns.size())});
    } else {
      reader.take(line, table);
    }
  }
  reader.finish(table);
  if (lines.empty()) {
    table.errors.push_back(
        {std::nullopt, fmt::format("{}: the file is empty, expected rows", request.name)});
  }
  return table;
}

}  // namespace tarama::input
