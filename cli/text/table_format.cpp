// A writer per format.
#include "cli/text/table_format.hpp"

#include "cli/text/json_text.hpp"
#include "cli/text/terminal_text.hpp"
#include "cli/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;
using Next = db::RowSink::Next;

// What a table looks at before it begins to write: enough that the widths fit whatever is like the
// start, and a moment's wait.
constexpr std::size_t rows_looked_at = 1000;
constexpr std::size_t bytes_looked_at = 1 << 20;  // however long the texts are

Next unless_full(const std::ostream& out) {
  return out ? Next::go_on : Next::stop;
}

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

// ---- CSV --------------------------------------------------------------------------------------

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

class CsvWriter final : public TableWriter {
 public:
  CsvWriter(std::ostream& out, Reader reader) : out_(out), reader_(reader) {}

  void columns(const std::vector<std::string>& names) override {
    for (const std::string& name : names) {
      add(csv_field(name));
    }
    end_line();
  }

  Next row(const std::vector<db::Cell>& cells) override {
    for (const db::Cell& cell : cells) {
      add(csv_field(text_of(cell, "")));
    }
    end_line();
    write();
    return unless_full(out_);
  }

  void finish() override { write(); }

 private:
  void add(const std::string& field) {
    text_ += (is_first_ ? "" : ",") + field;
    is_first_ = false;
  }

  void end_line() {
    text_ += "\r\n";
    is_first_ = true;
  }

  void write() {
    out_ << (reader_ == Reader::terminal ? for_terminal(text_) : text_);
    text_.clear();
  }

  std::ostream& out_;
  Reader reader_;
  std::string text_;  // not yet written: the titles, until there is a row
  bool is_first_ = true;
};

// ---- JSON -------------------------------------------------------------------------------------

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

/// The lines of a value that stands in an array.
std::string indented(const std::string& lines) {
  std::string text = "  ";
  for (const char letter : lines) {
    text += letter;
    text += letter == '\n' ? "  " : "";
  }
  return text;
}

class JsonWriter final : public TableWriter {
 public:
  JsonWriter(std::ostream& out, TableFormat format)
      : out_(out), is_array_(format == TableFormat::json) {}

  void columns(const std::vector<std::string>& names) override { names_ = distinct_names(names); }

  Next row(const std::vector<db::Cell>& cells) override {
    ordered_json object = ordered_json::object();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      object.push_back({names_[i], json_of(cells[i])});
    }
    if (is_array_) {
      out_ << (has_rows_ ? ",\n" : "[\n") << indented(json_text(object, 2));
    } else {
      out_ << json_text(object, -1) << '\n';
    }
    has_rows_ = true;
    return unless_full(out_);
  }

  void finish() override {
    if (is_array_) {
      out_ << (has_rows_ ? "\n]\n" : "[]\n");
    }
  }

 private:
  std::ostream& out_;
  bool is_array_;
  bool has_rows_ = false;
  std::vector<std::string> names_;
};

// ---- for people -------------------------------------------------------------------------------

bool is_number(const db::Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

class AlignedWriter final : public TableWriter {
 public:
  AlignedWriter(std::ostream& out, const TextStyle& style) : out_(out), style_(style) {}

  void columns(const std::vector<std::string>& names) override {
    for (const std::string& name : names) {
      looked_at_.columns.push_back({printable(name), Align::left});
    }
  }

  Next row(const std::vector<db::Cell>& cells) override {
    std::vector<std::string> texts = texts_of(cells);
    if (!widths_.empty()) {
      out_ << line_of(texts, looked_at_.columns, widths_) << '\n';
      return unless_full(out_);
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      looked_at_.columns[i].align =
          is_number(cells[i]) ? Align::right : looked_at_.columns[i].align;
      bytes_ += texts[i].size();
    }
    looked_at_.rows.push_back(std::move(texts));
    if (looked_at_.rows.size() == rows_looked_at || bytes_ >= bytes_looked_at) {
      begin();
    }
    return unless_full(out_);
  }

  void finish() override {
    if (widths_.empty()) {
      begin();
    }
  }

 private:
  static std::vector<std::string> texts_of(const std::vector<db::Cell>& cells) {
    std::vector<std::string> texts;
    for (const db::Cell& cell : cells) {
      const double* number = std::get_if<double>(&cell);
      texts.push_back(number != nullptr ? fmt::format("{:.6g}", *number)
                                        : printable(text_of(cell, "NULL")));
    }
    return texts;
  }

  void begin() {
    widths_ = widths_of(looked_at_);
    out_ << to_text(looked_at_, style_);
    looked_at_.rows.clear();
  }

  std::ostream& out_;
  TextStyle style_;
  TextTable looked_at_;
  std::size_t bytes_ = 0;
  std::vector<std::size_t> widths_;  // empty: still looking
};

}  // namespace

std::unique_ptr<TableWriter> table_writer(std::ostream& out,
                                          TableFormat format,
                                          const TextStyle& style,
                                          Reader reader) {
  switch (format) {
    case TableFormat::table:
      return std::make_unique<AlignedWriter>(out, style);
    case TableFormat::csv:
      return std::make_unique<CsvWriter>(out, reader);
    case TableFormat::json:
    case TableFormat::jsonl:
      break;
  }
  return std::make_unique<JsonWriter>(out, format);
}

}  // namespace tarama::cli
