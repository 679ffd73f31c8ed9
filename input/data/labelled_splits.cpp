// See labelled_splits.hpp.
#include "input/data/labelled_splits.hpp"

#include "core/training/shuffle.hpp"
#include "input/data/label_classes.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tarama::input {
namespace {

// The order of the columns that are asked for; text_pair last, as it may be missing.
constexpr std::size_t text_column = 0;
constexpr std::size_t label_column = 1;
constexpr std::size_t second_text_column = 2;
constexpr std::array<const char*, 3> column_keys = {"data.text", "data.label", "data.text_pair"};

constexpr std::int64_t most_labels_shown = 3;  // of lines with the same fault

std::optional<DataFile> open_data_file(std::string key,
                                       const std::string& path,
                                       Findings& findings) {
  Result<std::string> bytes = read_bytes(path);
  if (!bytes) {
    findings.refuse(std::move(key), bytes.error().message);
    return std::nullopt;
  }
  const std::optional<TableFormat> format = table_format_of(path);
  if (!format) {
    findings.refuse(std::move(key),
                    fmt::format("{}: the ending of the name says what the file is; expected .tsv, "
                                ".csv or .jsonl",
                                path));
    return std::nullopt;
  }
  if (bytes->starts_with("\xFF\xFE") || bytes->starts_with("\xFE\xFF")) {
    findings.refuse(std::move(key),
                    fmt::format("{}: is UTF-16, expected UTF-8; convert it with: iconv -f UTF-16 "
                                "-t UTF-8",
                                path));
    return std::nullopt;
  }
  return DataFile{std::move(key), path, *format, std::move(*bytes)};
}

TableRequest request_for(const DataSpec& data, const std::string& path) {
  TableRequest request{path,
                       {{data.text, CellKind::text}, {data.label, CellKind::label}},
                       data.header ? Header::present : Header::absent};
  if (data.text_pair) {
    request.columns.push_back({*data.text_pair, CellKind::text});
  }
  return request;
}

/// The rows of a file, none of them without a label; nothing, and problems, where it is wrong.
std::optional<std::vector<TableRow>> read_rows(const DataSpec& data,
                                               const DataFile& file,
                                               std::int64_t& replaced,
                                               Findings& findings) {
  const Text text = text_of(file.bytes);
  replaced = text.replaced;
  Table table = read_table(file.format, text.text, request_for(data, file.path));
  for (const TableError& error : table.errors) {
    findings.refuse(error.column ? column_keys.at(*error.column) : file.key, error.message);
  }
  if (!table.errors.empty()) {
    return std::nullopt;
  }
  const auto unlabelled = [](const TableRow& row) { return row.cells[label_column].empty(); };
  const auto count = std::count_if(table.rows.begin(), table.rows.end(), unlabelled);
  if (count == 0) {
    return std::move(table.rows);
  }
  const auto first = std::find_if(table.rows.begin(), table.rows.end(), unlabelled);
  findings.refuse(
      "data.label",
      fmt::format("{}:{}: the label is empty{}",
                  file.path,
                  first->line,
                  count > 1 ? fmt::format(" (and so are {} more below it)", count - 1) : ""));
  return std::nullopt;
}

std::vector<std::string> find_classes(const std::vector<TableRow>& rows,
                                      const DataFile& train,
                                      Findings& findings) {
  std::vector<std::string_view> labels;
  labels.reserve(rows.size());
  for (const TableRow& row : rows) {
    labels.emplace_back(row.cells[label_column]);
  }
  std::vector<std::string> classes = classes_of(labels);
  if (classes.size() < 2) {
    findings.refuse("data.label",
                    fmt::format("{}: every label is '{}' ({} rows), expected at least two classes",
                                train.path,
                                classes.front(),
                                rows.size()));
  }
  return classes;
}

std::string shown_classes(const std::vector<std::string>& classes) {
  constexpr std::size_t most_classes = 10;
  std::string shown;
  for (std::size_t i = 0; i < std::min(classes.size(), most_classes); ++i) {
    shown += fmt::format("{}'{}'", i == 0 ? "" : ", ", classes[i]);
  }
  if (classes.size() > most_classes) {
    shown += fmt::format(" and {} more", classes.size() - most_classes);
  }
  return shown;
}

/// Rows to examples; a label that training data do not have is a problem at the file's key.
std::vector<LabelledText> label_rows(std::vector<TableRow> rows,
                                     const std::vector<std::string>& classes,
                                     const DataFile& file,
                                     Findings& findings) {
  std::unordered_map<std::string_view, std::int32_t> numbers;
  for (const std::string& name : classes) {
    numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
  }
  std::vector<LabelledText> examples;
  examples.reserve(rows.size());
  std::int64_t unknown = 0;
  for (TableRow& row : rows) {
    const auto number = numbers.find(row.cells[label_column]);
    if (number == numbers.end()) {
      if (++unknown > most_labels_shown) {
        continue;
      }
      findings.refuse(file.key,
                      fmt::format("{}:{}: the label '{}' is not one of the training data, which "
                                  "have {}",
                                  file.path,
                                  row.line,
                                  row.cells[label_column],
                                  shown_classes(classes)));
      continue;
    }
    const bool is_pair = row.cells.size() > second_text_column;
    examples.push_back({std::move(row.cells[text_column]),
                        is_pair ? std::move(row.cells[second_text_column]) : std::string(),
                        number->second,
                        row.line});
  }
  if (unknown > most_labels_shown) {
    findings.refuse(file.key,
                    fmt::format("{}: {} more rows have labels that the training data do not have",
                                file.path,
                                unknown - most_labels_shown));
  }
  return examples;
}

/// Moves the share `share` of splits.train to splits.eval.
void split_off_eval(double share,
                    std::int64_t sweep_seed,
                    LabelledSplits& splits,
                    Findings& findings) {
  std::vector<std::int32_t> labels;
  for (const LabelledText& example : splits.train) {
    labels.push_back(example.label);
  }
  const std::vector<std::int64_t> chosen = stratified_split(labels, share, sweep_seed);
  if (chosen.empty()) {
    findings.refuse("data.eval",
                    fmt::format("the share {} of {} training rows leaves none to evaluate on; no "
                                "class has two examples",
                                share,
                                splits.train.size()));
    return;
  }
  std::vector<LabelledText> kept;
  auto next = chosen.begin();
  for (std::size_t i = 0; i < splits.train.size(); ++i) {
    const bool is_chosen = next != chosen.end() && static_cast<std::size_t>(*next) == i;
    if (is_chosen) {
      ++next;
    }
    (is_chosen ? splits.eval : kept).push_back(std::move(splits.train[i]));
  }
  splits.train = std::move(kept);
}

}  // namespace

DataFiles open_data_files(const DataSpec& data, Findings& findings) {
  DataFiles files;
  files.train = open_data_file("data.train", data.train, findings);
  if (const auto* path = std::get_if<std::string>(&data.eval)) {
    files.eval = open_data_file("data.eval", *path, findings);
  }
  if (data.test) {
    files.test = open_data_file("data.test", *data.test, findings);
  }
  return files;
}

std::optional<LabelledSplits> label_splits(const DataSpec& data,
                                           const DataFiles& files,
                                           std::int64_t sweep_seed,
                                           Findings& findings) {
  const std::size_t problems_before = findings.problems.size();
  LabelledSplits splits;
  const auto read = [&](const std::optional<DataFile>& file, std::int64_t& replaced) {
    return file ? read_rows(data, *file, replaced, findings)
                : std::optional<std::vector<TableRow>>();
  };
  auto train = read(files.train, splits.replaced[0]);
  auto eval = read(files.eval, splits.replaced[1]);
  auto test = read(files.test, splits.replaced[2]);
  if (!train) {
    return std::nullopt;
  }
  splits.classes = find_classes(*train, *files.train, findings);
  splits.train = label_rows(std::move(*train), splits.classes, *files.train, findings);
  if (eval) {
    splits.eval = label_rows(std::move(*eval), splits.classes, *files.eval, findings);
  }
  if (test) {
    splits.test = label_rows(std::move(*test), splits.classes, *files.test, findings);
  }
  if (findings.problems.size() > problems_before) {
    return std::nullopt;
  }
  if (const auto* share = std::get_if<double>(&data.eval)) {
    split_off_eval(*share, sweep_seed, splits, findings);
  }
  if (findings.problems.size() > problems_before) {
    return std::nullopt;
  }
  return splits;
}

}  // namespace tarama::input
