// See csv_reader.hpp. A cursor over the text reads a field at a time.
#include "input/data/csv_reader.hpp"

#include "input/data/positional_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tarama::input {
namespace {

/// Where a field ends, and so what comes next.
enum class After { field, row, end_of_file };

class Cursor {
 public:
  Cursor(std::string_view text, char separator) : text_(text), separator_(separator) {}

  [[nodiscard]] bool is_tabbed() const { return separator_ == '\t'; }

  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }

  [[nodiscard]] std::int64_t line() const { return line_; }

  [[nodiscard]] bool is_at_quote() const { return !is_at_end() && text_[at_] == '"'; }

  /// Steps over an empty line, if this is one.
  [[nodiscard]] bool skip_empty_line() {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with('\n') && !rest.starts_with("\r\n")) {
      return false;
    }
    at_ += rest.front() == '\r' ? 2 : 1;
    ++line_;
    return true;
  }

  [[nodiscard]] std::string unquoted_field() {
    const std::array<char, 2> ends = {separator_, '\n'};
    const std::size_t end = std::min(
        text_.find_first_of(std::string_view(ends.data(), ends.size()), at_), text_.size());
    std::string_view field = text_.substr(at_, end - at_);
    if ((end == text_.size() || text_[end] == '\n') && field.ends_with('\r')) {
      field.remove_suffix(1);
    }
    at_ = end;
    return std::string(field);
  }

  /// From the opening quote to behind the closing one; nothing where none closes it.
  [[nodiscard]] std::optional<std::string> quoted_field() {
    std::string field;
    for (++at_; at_ < text_.size();) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        break;
      }
      field.append(text_.substr(at_, quote - at_));
      at_ = quote + 1;
      if (!is_at_quote()) {
        line_ += std::count(field.begin(), field.end(), '\n');
        return field;
      }
      field += '"';
      ++at_;
    }
    return std::nullopt;
  }

  /// Steps over what follows a field; nothing where it is neither a separator nor the row's end.
  [[nodiscard]] std::optional<After> separator() {
    if (is_at_end()) {
      return After::end_of_file;
    }
    if (text_[at_] == separator_) {
      ++at_;
      return After::field;
    }
    if (skip_empty_line()) {
      return After::row;
    }
    if (text_.substr(at_) == "\r") {  // half of a line end, at the end of the file
      ++at_;
      return After::end_of_file;
    }
    return std::nullopt;
  }

  void skip_line() {
    at_ = std::min(text_.find('\n', at_), text_.size());
    if (!is_at_end()) {
      ++at_;
    }
    ++line_;
  }

 private:
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

enum class RowEnd { read, skipped, unterminated };

/// Reads one row to `cells`; what is wrong with it goes to `errors`.
RowEnd read_row(Cursor& cursor, std::vector<std::string>& cells, RowErrors& errors) {
  for (;;) {
    const std::int64_t line = cursor.line();
    if (cursor.is_at_quote()) {
      std::optional<std::string> field = cursor.quoted_field();
      if (!field) {
        errors.add(line, std::nullopt, "the quote that opens a field here is never closed");
        return RowEnd::unterminated;
      }
      cells.push_back(std::move(*field));
    } else {
      cells.push_back(cursor.unquoted_field());
    }
    const std::int64_t end_line = cursor.line();
    const std::optional<After> after = cursor.separator();
    if (!after) {
      errors.add(
          end_line,
          std::nullopt,
          cursor.is_tabbed()
              ? "text behind a closing quote, expected a tab or the end of the line; a quote "
                "inside a quoted field is written twice"
              : "text behind a closing quote, expected a comma or the end of the line; a "
                "quote inside a quoted field is written twice");
      cursor.skip_line();
      return RowEnd::skipped;
    }
    if (*after != After::field) {
      return RowEnd::read;
    }
  }
}

}  // namespace

Table read_csv(std::string_view text, const TableRequest& request, char separator) {
  Table table;
  PositionalColumns columns(request, separator, Quotes::csv);
  RowErrors errors(request.name);
  Cursor cursor(text, separator);
  while (!cursor.is_at_end()) {
    const std::int64_t line = cursor.line();
    if (cursor.skip_empty_line()) {
      if (request.empty_lines == EmptyLines::kept) {
        columns.take(line, {""}, table);
      }
      continue;
    }
    std::vector<std::string> cells;
    const RowEnd end = read_row(cursor, cells, errors);
    if (end == RowEnd::unterminated) {
      break;
    }
    if (end == RowEnd::read) {
      columns.take(line, std::move(cells), table);
    }
  }
  errors.append_to(table);
  columns.finish(table);
  return table;
}

}  // namespace tarama::input
