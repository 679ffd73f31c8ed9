// See data_report.hpp.
#include "input/data_report.hpp"

#include "core/bytes/json_extent.hpp"
#include "input/data/data_files.hpp"
#include "input/data/data_notes.hpp"
#include "input/data/label_classes.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace tarama::input {
namespace {

constexpr std::size_t most_columns = 40;
constexpr std::size_t most_values = 20;

/// The columns of the file: indices, or the keys of the first object.
std::vector<ColumnRef> columns_in(const DataFile& file, std::string_view text) {
  std::vector<ColumnRef> columns;
  if (file.format == TableFormat::jsonl) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const auto first =
        beyond({}, line) ? nlohmann::json::object() : nlohmann::json::parse(line, nullptr, false);
    for (const auto& [name, value] : first.items()) {
      if (first.is_object() && (value.is_string() || value.is_number() || value.is_boolean())) {
        columns.emplace_back(name);
      }
    }
    return columns;
  }
  for (std::size_t i = 0; i < most_columns; ++i) {
    const ColumnRef column = static_cast<std::int64_t>(i);
    const Table table = read_table(file.format, text.substr(0, text.find('\n')), {"", {{column}}});
    if (!table.errors.empty()) {
      break;
    }
    columns.push_back(column);
  }
  return columns;
}

std::int64_t words_in(std::string_view text) {
  std::int64_t words = 0;
  bool is_within = false;
  for (const char letter : text) {
    const bool is_space = letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
    words += !is_space && !is_within ? 1 : 0;
    is_within = !is_space;
  }
  return words;
}

std::vector<std::pair<std::string, std::int64_t>> lengths_of(const Table& table,
                                                             std::size_t column) {
  constexpr std::array<std::int64_t, 9> bounds = {0, 8, 16, 32, 64, 128, 256, 512, 1'000'000'000};
  std::vector<std::pair<std::string, std::int64_t>> lengths;
  std::int64_t from = 0;
  for (const std::int64_t to : bounds) {
    const auto count = std::ranges::count_if(table.rows, [&](const TableRow& row) {
      const std::int64_t words = words_in(row.cells[column]);
      return words >= from && words <= to;
    });
    if (count > 0) {
      const std::string range = to == 0               ? "0"
                                : to == bounds.back() ? fmt::format("{} and more", from)
                                                      : fmt::format("{}-{}", from, to);
      lengths.emplace_back(range, count);
    }
    from = to + 1;
  }
  return lengths;
}

ColumnReport report_on_column(const Table& table, std::size_t column, std::string name) {
  ColumnReport report;
  report.name = std::move(name);
  std::map<std::string_view, std::int64_t> counts;
  for (const TableRow& row : table.rows) {
    ++counts[row.cells[column]];
  }
  report.distinct = std::ssize(counts);
  const bool are_few = counts.size() <= 100 && counts.size() * 2 <= table.rows.size();
  if (!are_few) {
    report.lengths = lengths_of(table, column);
    return report;
  }
  std::vector<std::pair<std::string, std::int64_t>> ordered(counts.begin(), counts.end());
  std::ranges::stable_sort(
      ordered, std::greater<>(), &std::pair<std::string, std::int64_t>::second);
  ordered.resize(std::min(ordered.size(), most_values));
  report.classes = std::move(ordered);
  return report;
}

/// The text's and the label's column, as far as one can guess: many values, and few.
std::optional<CellPlaces> guessed_places(const std::vector<ColumnReport>& columns) {
  std::optional<std::size_t> text;
  std::optional<std::size_t> label;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].classes.empty() && !label) {
      label = i;
    } else if (columns[i].classes.empty() && !text) {
      text = i;
    }
  }
  return text && label ? std::optional(CellPlaces{*text, *label}) : std::nullopt;
}

void add_notes(const DataFile& file, Table table, DataReport& report) {
  const std::optional<CellPlaces> places = guessed_places(report.columns);
  if (!places) {
    return;
  }
  std::vector<std::string_view> labels;
  for (const TableRow& row : table.rows) {
    labels.emplace_back(row.cells[places->label]);
  }
  const std::vector<std::string> classes = classes_of(labels);
  const Quotes quotes = file.format == TableFormat::csv ? Quotes::csv : Quotes::text;
  const std::vector<RowsOfFile> rows = {{0, "", quotes, file.format, std::move(table)}};
  for (const DataNote& note : notes_on_training(rows, classes, *places)) {
    report.odd.push_back(note.message);
  }
  for (const DataNote& note : notes_on_rows(rows.front(), classes, *places)) {
    report.odd.push_back(note.message);
  }
}

bool reads_as_header(const Table& table) {
  return !table.rows.empty() && std::ranges::any_of(table.rows.front().cells, is_column_name);
}

}  // namespace

Result<DataReport> report_on_data(const std::filesystem::path& path) {
  const std::optional<TableFormat> format = table_format_of(path);
  if (!format) {
    return Error{
        Errc::invalid_argument,
        fmt::format("{}: the ending of the name says what the file is; expected .tsv, .csv "
                    "or .jsonl, or a model's folder",
                    path.string())};
  }
  const Result<DataFile> file = open_data_file("", path.string(), *format, Encoding::utf_8);
  if (!file) {
    return file.error();
  }
  const Text text = text_of(file->bytes);
  DataReport report;
  report.format = *format == TableFormat::tsv   ? "TSV"
                  : *format == TableFormat::csv ? "CSV"
                                                : "JSON Lines";
  TableRequest request{path.string(), {}};
  for (const ColumnRef& column : columns_in(*file, text.text)) {
    request.columns.push_back({column, CellKind::label});  // numbers may stand in any of them
  }
  Table table = read_table(*format, text.text, request);
  for (const TableError& error : table.errors) {
    report.problems.push_back(error.message);
  }
  std::vector<std::string> names;
  report.has_header = *format == TableFormat::jsonl || reads_as_header(table);
  for (std::size_t i = 0; i < request.columns.size(); ++i) {
    const auto* const name = std::get_if<std::string>(&request.columns[i].column);
    names.push_back(name != nullptr     ? *name
                    : report.has_header ? table.rows.front().cells[i]
                                        : std::to_string(i));
  }
  if (report.has_header && *format != TableFormat::jsonl) {
    table.rows.erase(table.rows.begin());
  }
  report.rows = std::ssize(table.rows);
  for (std::size_t i = 0; i < names.size() && !table.rows.empty(); ++i) {
    report.columns.push_back(report_on_column(table, i, names[i]));
  }
  if (text.replaced > 0) {
    report.odd.push_back(fmt::format("{} byte sequences are not UTF-8", text.replaced));
  }
  add_notes(*file, std::move(table), report);
  return report;
}

}  // namespace tarama::input
