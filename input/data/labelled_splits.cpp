// See labelled_splits.hpp.
#include "input/data/labelled_splits.hpp"

#include "core/training/shuffle.hpp"
#include "input/data/data_notes.hpp"
#include "input/data/label_classes.hpp"
#include "input/files/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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

TableRequest request_for(const DataSpec& data, const std::string& path) {
  TableRequest request{path,
                       {{data.text, CellKind::text}, {data.label, CellKind::label}},
                       data.header ? Header::present : Header::absent,
                       data.quotes};
  if (data.text_pair) {
    request.columns.push_back({*data.text_pair, CellKind::text});
  }
  return request;
}

/// Rows without a label are a problem; so is what the reader could not read.
bool check_table(const Table& table, const DataFile& file, Findings& findings) {
  for (const TableError& error : table.errors) {
    findings.refuse(error.column ? column_keys.at(*error.column) : file.key, error.message);
  }
  if (!table.errors.empty()) {
    return false;
  }
  const auto unlabelled = [](const TableRow& row) { return row.cells[label_column].empty(); };
  const auto count = std::ranges::count_if(table.rows, unlabelled);
  if (count == 0) {
    return true;
  }
  const auto first = std::ranges::find_if(table.rows, unlabelled);
  findings.refuse(
      "data.label",
      fmt::format("{}:{}: the label is empty{}",
                  file.path,
                  first->line,
                  count > 1 ? fmt::format(" (and so are {} more below it)", count - 1) : ""));
  return false;
}

Quotes quotes_of(const DataSpec& data, TableFormat format) {
  return data.quotes.value_or(format == TableFormat::csv ? Quotes::csv : Quotes::text);
}

/// The rows of a file; nothing, and problems, where it is wrong. `replaced` grows.
std::optional<RowsOfFile> read_rows(const DataSpec& data,
                                    const DataFile& file,
                                    std::int64_t number,
                                    std::int64_t& replaced,
                                    Findings& findings) {
  const Text text = decoded(file.bytes, data.encoding);
  replaced += text.replaced;
  RowsOfFile rows{number,
                  file.key,
                  quotes_of(data, file.format),
                  file.format,
                  read_table(file.format, text.text, request_for(data, file.path))};
  return check_table(rows.table, file, findings) ? std::optional(std::move(rows)) : std::nullopt;
}

std::vector<std::string> find_classes(const std::vector<RowsOfFile>& files,
                                      const std::string& path,
                                      Findings& findings) {
  std::vector<std::string_view> labels;
  for (const RowsOfFile& file : files) {
    for (const TableRow& row : file.table.rows) {
      labels.emplace_back(row.cells[label_column]);
    }
  }
  std::vector<std::string> classes = classes_of(labels);
  if (classes.size() < 2) {
    findings.refuse("data.label",
                    fmt::format("{}: every label is '{}' ({} rows), expected at least two classes",
                                path,
                                classes.front(),
                                labels.size()));
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
                                  "have {}{}",
                                  file.path,
                                  row.line,
                                  row.cells[label_column],
                                  shown_classes(classes),
                                  &row == &rows.front() && is_column_name(row.cells[label_column])
                                      ? "; is it a header? then `header: true` is missing"
                                      : ""));
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

void take_notes(const std::vector<RowsOfFile>& train,
                const std::optional<RowsOfFile>& eval,
                const std::optional<RowsOfFile>& test,
                LabelledSplits& splits) {
  const CellPlaces places{text_column, label_column};
  splits.notes = notes_on_training(train, splits.classes, places);
  const auto add = [&](const RowsOfFile& rows) {
    std::vector<DataNote> notes = notes_on_rows(rows, splits.classes, places);
    std::move(notes.begin(), notes.end(), std::back_inserter(splits.notes));
  };
  std::ranges::for_each(train, add);
  if (eval) {
    add(*eval);
  }
  if (test) {
    add(*test);
  }
}

}  // namespace

std::optional<LabelledSplits> label_splits(const DataSpec& data,
                                           const DataFiles& files,
                                           std::int64_t sweep_seed,
                                           Findings& findings) {
  const std::size_t problems_before = findings.problems.size();
  LabelledSplits splits;
  std::vector<RowsOfFile> train;
  std::int64_t number = 0;  // of the file, as DataFiles::all() has it
  for (const DataFile& file : files.train) {
    if (auto rows = read_rows(data, file, number++, splits.replaced[0], findings)) {
      train.push_back(std::move(*rows));
    }
  }
  const auto read = [&](const std::optional<DataFile>& file, std::int64_t& replaced) {
    return file ? read_rows(data, *file, number++, replaced, findings) : std::nullopt;
  };
  auto eval = read(files.eval, splits.replaced[1]);
  auto test = read(files.test, splits.replaced[2]);
  if (train.empty() || train.size() != files.train.size()) {
    return std::nullopt;
  }
  splits.classes = find_classes(train, files.train.front().path, findings);
  take_notes(train, eval, test, splits);
  for (std::size_t i = 0; i < train.size(); ++i) {
    std::vector<LabelledText> part =
        label_rows(std::move(train[i].table.rows), splits.classes, files.train[i], findings);
    std::move(part.begin(), part.end(), std::back_inserter(splits.train));
  }
  if (eval) {
    splits.eval = label_rows(std::move(eval->table.rows), splits.classes, *files.eval, findings);
  }
  if (test) {
    splits.test = label_rows(std::move(test->table.rows), splits.classes, *files.test, findings);
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
