// What a program reports in lines of JSON: `{"step": 10, "loss": 0.4, "val_acc": 0.81}`. Objects in
// it are named with a dot, NaN and Infinity are numbers that are none, all else is left out. Pure.
#pragma once

#include "core/sweep/metric_rows.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::program {

/// A program that reports more names has put data into them (a file's name, an example's number).
inline constexpr std::size_t most_metric_names = 1000;

/// Whether the store takes a metric of this name: UTF-8 without a zero byte, 1 to 200 bytes.
[[nodiscard]] bool is_metric_name(std::string_view name);

class MetricLines {
 public:
  /// The numbers of a line; empty: the line is no report. A report without `step` belongs to the
  /// step that the one before it named; where none ever did, reports count from 0. `at`: see
  /// ReportedRow.
  [[nodiscard]] std::vector<ReportedRow> read(std::string_view line, std::int64_t at);

  /// A name that was left out for there are too many; said once.
  [[nodiscard]] std::optional<std::string> take_refused_name();

 private:
  [[nodiscard]] std::int64_t step_of(std::optional<std::int64_t> named);

  std::optional<std::int64_t> last_named_step_;
  std::int64_t next_step_ = 0;  // of reports without one
  std::set<std::string, std::less<>> names_;
  std::optional<std::string> refused_name_;
  bool has_refused_ = false;
};

}  // namespace tarama::program
