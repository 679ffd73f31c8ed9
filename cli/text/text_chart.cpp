// See text_chart.hpp.
#include "cli/text/text_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

namespace tarama::cli {
namespace {

constexpr std::array<std::string_view, 8> heights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

bool is_shown(const std::optional<double>& value) {
  return value && std::isfinite(*value);
}

/// The mean of values[from, to), or nullopt where one of them is not finite: a divergence must
/// not vanish in an average.
std::optional<double> mean_of(const std::vector<std::optional<double>>& values,
                              std::size_t from,
                              std::size_t to) {
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) {
    if (!is_shown(values[i])) {
      return std::nullopt;
    }
    sum += *values[i];
  }
  return sum / static_cast<double>(to - from);
}

std::vector<std::optional<double>> grouped(const std::vector<std::optional<double>>& values,
                                           std::size_t columns) {
  if (values.size() <= columns) {
    return values;
  }
  std::vector<std::optional<double>> groups;
  for (std::size_t group = 0; group < columns; ++group) {
    groups.push_back(
        mean_of(values, group * values.size() / columns, (group + 1) * values.size() / columns));
  }
  return groups;
}

std::size_t column_of(double value, PlotScale scale, std::size_t columns) {
  const double share = (value - scale.from) / (scale.to - scale.from);
  const double at = std::round(share * static_cast<double>(columns - 1));
  return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(columns - 1)));
}

void widen(PlotScale& scale, double value) {
  if (std::isfinite(value)) {
    scale.from = std::min(scale.from, value);
    scale.to = std::max(scale.to, value);
  }
}

}  // namespace

std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t columns) {
  const auto points = grouped(values, columns);
  PlotScale scale{std::numeric_limits<double>::infinity(),
                  -std::numeric_limits<double>::infinity()};
  for (const auto& point : points) {
    widen(scale, point.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  std::string line;
  for (const auto& point : points) {
    if (!is_shown(point)) {
      line += "?";
    } else if (scale.to > scale.from) {
      line += heights[column_of(*point, scale, heights.size())];
    } else {
      line += heights[heights.size() / 2];
    }
  }
  return line;
}

std::string bar(double share, std::size_t columns) {
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto filled = static_cast<std::size_t>(clamped * static_cast<double>(columns));
  std::string line;
  for (std::size_t i = 0; i < columns; ++i) {
    line += i < filled ? "█" : "░";
  }
  return line;
}

PlotScale scale_of(const std::vector<PlotRow>& rows) {
  PlotScale scale{std::numeric_limits<double>::infinity(),
                  -std::numeric_limits<double>::infinity()};
  for (const PlotRow& row : rows) {
    widen(scale, row.mean);
    for (const double value : row.values) {
      widen(scale, value);
    }
  }
  if (!(scale.from <= scale.to)) {
    return {};
  }
  const double range = scale.to - scale.from;
  const double margin = range > 0 ? range / 4 : std::max(std::abs(scale.from) * 0.01, 1e-9);
  return {scale.from - margin, scale.to + margin};
}

std::string interval_line(const PlotRow& row, PlotScale scale, std::size_t columns) {
  if (columns == 0) {
    return "";
  }
  std::vector<std::string_view> cells(columns, " ");
  if (row.low && row.high) {
    const std::size_t low = column_of(*row.low, scale, columns);
    const std::size_t high = column_of(*row.high, scale, columns);
    for (std::size_t i = low; i <= high; ++i) {
      cells[i] = "─";
    }
    cells[low] = *row.low < scale.from ? "◂" : "├";
    cells[high] = *row.high > scale.to ? "▸" : "┤";
  }
  for (const double value : row.values) {
    if (std::isfinite(value)) {
      cells[column_of(value, scale, columns)] = "·";
    }
  }
  if (std::isfinite(row.mean)) {
    cells[column_of(row.mean, scale, columns)] = "●";
  }
  std::string line;
  for (const auto cell : cells) {
    line += cell;
  }
  return line;
}

std::string in_ascii(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 18> drawn = {{{"├", '|'},
                                                                        {"┤", '|'},
                                                                        {"─", '-'},
                                                                        {"●", 'o'},
                                                                        {"·", '.'},
                                                                        {"◂", '<'},
                                                                        {"▸", '>'},
                                                                        {"…", '.'},
                                                                        {"█", '#'},
                                                                        {"░", '.'},
                                                                        {"▁", '_'},
                                                                        {"▂", '.'},
                                                                        {"▃", ':'},
                                                                        {"▄", '-'},
                                                                        {"▅", '='},
                                                                        {"▆", '+'},
                                                                        {"▇", '*'},
                                                                        {"×", 'x'}}};
  std::string ascii;
  for (std::size_t at = 0; at < text.size();) {
    const auto* const found = std::find_if(drawn.begin(), drawn.end(), [&](const auto& each) {
      return text.substr(at).starts_with(each.first);
    });
    ascii += found != drawn.end() ? found->second : text[at];
    at += found != drawn.end() ? found->first.size() : 1;
  }
  return ascii;
}

}  // namespace tarama::cli
