// See data_notes.hpp.
#include "input/data/data_notes.hpp"

#include "input/files/utf8.hpp"
#include "input/text/folded_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tarama::input {
namespace {

constexpr std::size_t most_classes_listed = 5;

/// The number that a label is, however it is written: "1", "1.0", " 1" and "01" are one.
std::optional<double> number_in_label(std::string_view label) {
  while (!label.empty() && label.front() == ' ') {
    label.remove_prefix(1);
  }
  while (!label.empty() && label.back() == ' ') {
    label.remove_suffix(1);
  }
  label.remove_prefix(label.starts_with('+') ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), value);
  const bool is_number = error == std::errc{} && end == label.data() + label.size();
  return is_number && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), most_classes_listed); ++i) {
    list += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  }
  if (names.size() > most_classes_listed) {
    list += fmt::format(" and {} more", names.size() - most_classes_listed);
  }
  return list;
}

/// `name` with the dashes and quotes of typewriters, whatever a word processor made of them.
std::string with_plain_signs(std::string_view name) {
  std::string plain;
  for (std::size_t at = 0; at < name.size();) {
    const char32_t letter = next_code_point(name, at).value_or(replacement_character);
    const bool is_dash = (letter >= 0x2010 && letter <= 0x2015) || letter == 0x2212 ||
                         letter == 0xFE63 || letter == 0xFF0D;
    const bool is_quote = letter == 0x2018 || letter == 0x2019;
    const bool is_double = letter == 0x201C || letter == 0x201D;
    append_utf8(plain, is_dash ? U'-' : is_quote ? U'\'' : is_double ? U'"' : letter);
  }
  return plain;
}

void note_similar_classes(const std::vector<std::string>& classes,
                          std::int64_t file,
                          std::vector<DataNote>& notes) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const std::string& name : classes) {
    const std::string plain = with_plain_signs(name);
    const std::optional<double> number = number_in_label(plain);
    // Long whole numbers differ in digits that a double does not have.
    constexpr double exact = 9007199254740992.0;
    const bool is_short = number && std::abs(*number) < exact;
    groups[is_short ? fmt::format("{}", *number + 0.0) : folded_text(plain)].push_back(name);
  }
  for (const auto& [folded, names] : groups) {
    if (names.size() > 1) {
      notes.push_back({"similar_classes",
                       "data.label",
                       file,
                       0,
                       fmt::format("the classes {} differ in spaces, case or spelling of the same "
                                   "alone; are they one?",
                                   listed(names))});
    }
  }
}

/// What programs write where there was no label: a class of it is none that anybody meant.
void note_missing_labels(const std::vector<std::string>& classes,
                         std::int64_t file,
                         std::vector<DataNote>& notes) {
  constexpr std::array<std::string_view, 11> words = {
      "nan", "NaN", "NAN", "NaT", "null", "NULL", "Null", "None", "N/A", "n/a", "<NA>"};
  std::vector<std::string> missing;
  for (const std::string& name : classes) {
    if (std::ranges::find(words, name) != words.end()) {
      missing.push_back(name);
    }
  }
  if (!missing.empty() && missing.size() < classes.size()) {
    notes.push_back({"missing_labels",
                     "data.label",
                     file,
                     0,
                     fmt::format("the class {} reads as a label that is missing; leave such rows "
                                 "out, if it is",
                                 listed(missing))});
  }
}

/// Measurements, of which each is a class of its own.
void note_fractional_labels(const std::vector<std::string>& classes,
                            std::int64_t file,
                            std::vector<DataNote>& notes) {
  std::string example;
  for (const std::string& name : classes) {
    const std::optional<double> number = number_in_label(name);
    if (!number) {
      return;
    }
    if (*number != std::floor(*number) && example.empty()) {
      example = name;
    }
  }
  if (!example.empty()) {
    notes.push_back(
        {"fractional_labels",
         "data.label",
         file,
         0,
         fmt::format("the labels are numbers with fractions ('{}', ...): each of the {} "
                     "is a class of its own, and tarama does not learn measurements",
                     example,
                     classes.size())});
  }
}

void note_label_types(const RowsOfFile& rows, std::vector<DataNote>& notes) {
  const LabelTypes& types = rows.table.label_types;
  if (types.booleans > 0) {
    notes.push_back({"boolean_labels",
                     "data.label",
                     rows.file,
                     0,
                     fmt::format("{} labels are true or false; the classes are called 'true' and "
                                 "'false'",
                                 types.booleans)});
  }
  if (types.numbers > 0 && types.texts > 0) {
    notes.push_back({"mixed_labels",
                     "data.label",
                     rows.file,
                     0,
                     fmt::format("{} labels are numbers and {} are text; 1 and \"1\" are the same "
                                 "class",
                                 types.numbers,
                                 types.texts)});
  }
}

using Counts = std::unordered_map<std::string_view, std::int64_t>;

Counts count_labels(const std::vector<RowsOfFile>& files, CellPlaces places) {
  Counts counts;
  for (const RowsOfFile& file : files) {
    for (const TableRow& row : file.table.rows) {
      ++counts[row.cells[places.label]];
    }
  }
  return counts;
}

void note_rare_classes(const std::vector<std::string>& classes,
                       const Counts& counts,
                       std::int64_t file,
                       std::vector<DataNote>& notes) {
  std::vector<std::string> rare;
  for (const std::string& name : classes) {
    const auto count = counts.find(name);
    if (count != counts.end() && count->second == 1) {
      rare.push_back(name);
    }
  }
  if (!rare.empty()) {
    notes.push_back({"rare_class",
                     "data.label",
                     file,
                     0,
                     fmt::format("the {} {} {} one example, of which nothing can be learned",
                                 rare.size() == 1 ? "class" : "classes",
                                 listed(rare),
                                 rare.size() == 1 ? "has" : "have each")});
  }
}

/// One class so common that naming it always looks like a good score.
void note_unbalanced_labels(const Counts& counts, std::int64_t file, std::vector<DataNote>& notes) {
  constexpr std::int64_t enough_to_tell = 20;
  constexpr double common = 0.9;
  std::int64_t all = 0;
  std::pair<std::string_view, std::int64_t> commonest;
  for (const auto& [name, count] : counts) {
    all += count;
    // Of equals the first by name: the order of a hash is nobody's.
    if (count > commonest.second || (count == commonest.second && name < commonest.first)) {
      commonest = {name, count};
    }
  }
  const double share = static_cast<double>(commonest.second) / static_cast<double>(all);
  if (counts.size() >= 2 && all >= enough_to_tell && share >= common) {
    notes.push_back(
        {"unbalanced_labels",
         "data.label",
         file,
         0,
         fmt::format("{:.1f} % of the training rows are of class '{}': naming it always "
                     "scores as much; `metric: {{name: eval.mcc}}` or eval.macro_f1 "
                     "shows what is learned",
                     100 * share,
                     commonest.first)});
  }
}

/// Whether a file without `header` begins with one: its label stands nowhere else, and the row
/// reads as names of columns, or is the only label that is no number.
void note_header_row(const std::vector<RowsOfFile>& files,
                     const std::vector<std::string>& classes,
                     const Counts& counts,
                     CellPlaces places,
                     std::vector<DataNote>& notes) {
  for (const RowsOfFile& file : files) {
    if (file.format == TableFormat::jsonl || file.table.rows.empty()) {
      continue;
    }
    if (!file.table.header.empty()) {
      const std::string& name = file.table.header[places.label];
      if (std::ranges::find(classes, name) != classes.end()) {
        notes.push_back({"header_row",
                         "data.header",
                         file.file,
                         1,
                         fmt::format("the header calls the label's column '{}', which is a class: "
                                     "is the first row an example?",
                                     name)});
      }
      continue;
    }
    const TableRow& first = file.table.rows.front();
    const std::string& label = first.cells[places.label];
    const auto count = counts.find(label);
    const bool is_elsewhere =
        count != counts.end() && count->second > static_cast<std::int64_t>(files.size());
    const auto is_number = [](const std::string& name) {
      return number_in_label(name).has_value();
    };
    const bool is_only_word =
        !is_number(label) && std::ranges::count_if(classes, is_number) + 1 == std::ssize(classes);
    const bool is_named = is_column_name(label) || is_column_name(first.cells[places.text]);
    if (!is_elsewhere && (is_named || (is_only_word && classes.size() > 2))) {
      notes.push_back({"header_row",
                       "data.header",
                       file.file,
                       first.line,
                       fmt::format("the first row, with the label '{}', reads as a header: is "
                                   "`header: true` missing?",
                                   label)});
    }
  }
}

bool is_quoted(std::string_view cell) {
  return cell.size() >= 2 && cell.starts_with('"') && cell.ends_with('"');
}

/// Quotes twice, and never alone, within quotes: only a program that writes CSV does so.
bool is_escaped(std::string_view cell) {
  if (!is_quoted(cell)) {
    return false;
  }
  const std::string_view inner = cell.substr(1, cell.size() - 2);
  bool has_any = false;
  for (std::size_t at = inner.find('"'); at != std::string_view::npos; at = inner.find('"', at)) {
    if (at + 1 >= inner.size() || inner[at + 1] != '"') {
      return false;
    }
    has_any = true;
    at += 2;
  }
  return has_any;
}

void note_quoted_texts(const RowsOfFile& rows, CellPlaces places, std::vector<DataNote>& notes) {
  if (rows.format == TableFormat::jsonl || rows.quotes == Quotes::csv) {
    return;
  }
  std::int64_t quoted = 0;
  std::int64_t escaped = 0;
  std::int64_t first_line = 0;
  for (const TableRow& row : rows.table.rows) {
    const std::string& text = row.cells[places.text];
    const bool is_one = is_quoted(text);
    quoted += is_one ? 1 : 0;
    escaped += is_escaped(text) ? 1 : 0;
    first_line = is_one && first_line == 0 ? row.line : first_line;
  }
  // Some texts are quotations as a whole; every second one is not.
  if (escaped > 0 || (quoted > 1 && quoted * 2 >= std::ssize(rows.table.rows))) {
    notes.push_back({"quoted_texts",
                     "data.text",
                     rows.file,
                     first_line,
                     fmt::format("{} of {} texts stand in quotes, which are read as part of them; "
                                 "if a program wrote them: `data: {{quotes: csv}}`",
                                 quoted,
                                 rows.table.rows.size())});
  }
}

/// The cells of a line that might have been a row.
bool holds_a_class(std::string_view line, const std::set<std::string_view>& classes) {
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  bool has_separator = false;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t end = std::min(line.find_first_of(",\t", from), line.size());
    has_separator = has_separator || end < line.size() || from > 0;
    if (has_separator && classes.contains(line.substr(from, end - from))) {
      return true;
    }
    from = end + 1;
  }
  return false;
}

/// Fields over several lines of which one looks like a row: a quote that was never meant to open.
void note_long_fields(const RowsOfFile& rows,
                      const std::vector<std::string>& classes,
                      std::vector<DataNote>& notes) {
  const std::set<std::string_view> known(classes.begin(), classes.end());
  constexpr std::int64_t long_field = 200;  // lines; no text of a data set is as long
  std::int64_t found = 0;
  for (const TableRow& row : rows.table.rows) {
    for (const std::string& cell : row.cells) {
      const auto breaks = static_cast<std::int64_t>(std::ranges::count(cell, '\n'));
      if (breaks == 0) {
        continue;
      }
      bool swallowed = breaks >= long_field;
      for (std::size_t at = 0; !swallowed && at < cell.size();) {
        const std::size_t end = std::min(cell.find('\n', at), cell.size());
        swallowed = holds_a_class(std::string_view(cell).substr(at, end - at), known);
        at = end + 1;
      }
      constexpr std::int64_t most_told = 3;
      if (!swallowed || ++found > most_told) {
        continue;
      }
      notes.push_back(
          {"long_quoted_field",
           rows.key,
           rows.file,
           row.line,
           fmt::format("a quoted field goes from line {} to line {} and holds what looks "
                       "like rows; is a quote missing, or one too many?",
                       row.line,
                       row.line + breaks)});
    }
  }
}

void note_numeric_texts(const RowsOfFile& rows, CellPlaces places, std::vector<DataNote>& notes) {
  const auto is_number = [&](const TableRow& row) {
    return number_in_label(row.cells[places.text]).has_value();
  };
  constexpr std::size_t enough_to_tell = 5;
  if (rows.table.rows.size() >= enough_to_tell && std::ranges::all_of(rows.table.rows, is_number)) {
    notes.push_back({"numeric_texts",
                     "data.text",
                     rows.file,
                     0,
                     "every text is a number: is it the text's column?"});
  }
}

}  // namespace

bool is_column_name(std::string_view cell) {
  constexpr std::array<std::string_view, 26> names = {
      "label",   "labels",   "class",     "target",     "category",  "sentiment", "y",
      "gold",    "rating",   "score",     "stars",      "intent",    "topic",     "text",
      "texts",   "sentence", "sentence1", "sentence2",  "review",    "comment",   "content",
      "premise", "question", "title",     "gold_label", "hypothesis"};
  return std::ranges::find(names, folded_text(cell)) != names.end();
}

std::vector<DataNote> notes_on_training(const std::vector<RowsOfFile>& files,
                                        const std::vector<std::string>& classes,
                                        CellPlaces places) {
  std::vector<DataNote> notes;
  const std::int64_t file = files.empty() ? 0 : files.front().file;
  const Counts counts = count_labels(files, places);
  note_header_row(files, classes, counts, places, notes);
  note_similar_classes(classes, file, notes);
  note_missing_labels(classes, file, notes);
  note_fractional_labels(classes, file, notes);
  note_rare_classes(classes, counts, file, notes);
  note_unbalanced_labels(counts, file, notes);
  return notes;
}

std::vector<DataNote> notes_on_rows(const RowsOfFile& rows,
                                    const std::vector<std::string>& classes,
                                    CellPlaces places) {
  std::vector<DataNote> notes;
  note_quoted_texts(rows, places, notes);
  note_long_fields(rows, classes, notes);
  note_numeric_texts(rows, places, notes);
  note_label_types(rows, notes);
  return notes;
}

}  // namespace tarama::input
