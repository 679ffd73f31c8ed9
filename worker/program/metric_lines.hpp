// What a program reports in lines of JSON: `{"step": 10, "loss": 0.4, "val_acc": 0.81}`. Objects in
// it are named with a dot, NaN and Infinity are numbers that are none, all else is left out. Pure.
#pragma once

#include "core/sweep/metric_rows.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama::program {

/// A program that reports more names has put data into them (a file's name, an example's number).
inline constexpr std::size_t most_metric_names = 1000;

/// Whether the store takes a metric of this name: UTF-8 without a zero byte, 1 to 200 bytes.
[[nodiscard]] bool is_metric_name(std::string_view name);

/// In the store no number is infinite: there it is none, as NaN is.
[[nodiscard]] ReportedRow as_stored(ReportedRow row);

/// What the meaning of a line depends on, of the lines before it.
struct LinesBefore {
  std::optional<std::int64_t> last_named_step{};
  std::int64_t next_step = 0;  // of reports without one
  std::set<std::string, std::less<>> names{};
};

/// For the log: no names beyond most_metric_names are taken.
[[nodiscard]] std::string too_many_names(const std::string& first_refused);

class MetricLines {
 public:
  /// Goes on behind lines that another one has read.
  explicit MetricLines(LinesBefore before = {}) : before_(std::move(before)) {}

  /// The numbers of a line; empty: the line is no report. A report without `step` belongs to the
  /// step that the one before it named; where none ever did, reports count from 0. `at`: see
  /// ReportedRow.
  [[nodiscard]] std::vector<ReportedRow> read(std::string_view line, std::int64_t at);

  /// That a name was left out since there are too many; said once.
  [[nodiscard]] std::optional<std::string> take_remark();

  /// Of all lines so far.
  [[nodiscard]] const LinesBefore& before() const { return before_; }

 private:
  [[nodiscard]] std::int64_t step_of(std::optional<std::int64_t> named);

  LinesBefore before_;
  std::optional<std::string> refused_name_;
  bool has_refused_ = false;
};

}  // namespace tarama::program
