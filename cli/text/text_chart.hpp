// Small pictures in text: sparklines, bars, and the interval plot of levels. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::cli {

/// One of ▁▂▃▄▅▆▇█ per value, scaled between the smallest and the largest finite one; '?' for
/// a value that is not there or not finite. More values than `columns` are averaged in groups.
[[nodiscard]] std::string sparkline(const std::vector<std::optional<double>>& values,
                                    std::size_t columns);

/// `share` in [0, 1] of `columns` filled: "█████░░░".
[[nodiscard]] std::string bar(double share, std::size_t columns);

/// A mean with its interval and its single values, to be drawn on a common scale.
struct PlotRow {
  double mean = 0;
  std::optional<double> low;
  std::optional<double> high;
  std::vector<double> values;
};

struct PlotScale {
  double from = 0;
  double to = 1;
};

/// The scale that holds the means and values of `rows`, with a quarter of their range on both
/// sides; never empty. Intervals may reach beyond it: with two replicates they are 9 times as
/// wide as the values lie apart, and would leave nothing to see.
[[nodiscard]] PlotScale scale_of(const std::vector<PlotRow>& rows);

/// One line of `columns`: ├ ─ ┤ the interval, ◂ or ▸ where it leaves the scale, · the values,
/// ● the mean.
[[nodiscard]] std::string interval_line(const PlotRow& row, PlotScale scale, std::size_t columns);

/// The characters that our texts draw with, in ASCII and as wide: for terminals whose locale is not
/// UTF-8. Others stay as they are.
[[nodiscard]] std::string in_ascii(std::string_view text);

}  // namespace tarama::cli
