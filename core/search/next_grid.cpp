// Steps in the measure that each key is thought in: rates by factors, shares and counts by
// differences.
#include "core/search/next_grid.hpp"

#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

namespace tarama {
namespace {

/// How far a key's values reach, and how they are spaced.
struct KeyScale {
  std::string_view key;
  bool is_geometric = false;
  bool is_whole = false;
  double lowest = 0;   // may be taken
  double highest = 0;  // may be taken
};

// What changes how a run is trained; not the model's shape, whose numbers hang together. A rate
// above 1 or half of all units dropped is nobody's next step.
constexpr std::array scales = {
    KeyScale{.key = "lr", .is_geometric = true, .lowest = 1e-12, .highest = 1},
    KeyScale{.key = "warmup", .lowest = 0, .highest = 0.9},
    KeyScale{.key = "epochs", .is_whole = true, .lowest = 1, .highest = 1'000},
    KeyScale{
        .key = "batch_size", .is_geometric = true, .is_whole = true, .lowest = 1, .highest = 4'096},
    KeyScale{.key = "weight_decay", .is_geometric = true, .lowest = 1e-12, .highest = 10},
    KeyScale{.key = "max_grad_norm", .is_geometric = true, .lowest = 1e-12, .highest = 1e6},
    KeyScale{.key = "dropout", .lowest = 0, .highest = 0.8},
};

/// What the values themselves say: whole numbers stay whole, those that grow by factors go on so,
/// what is never negative stays so, and shares stay below 1.
KeyScale scale_by_values(const std::vector<double>& ascending, bool are_whole) {
  constexpr double decade = 10;
  constexpr double alike = 1.05;
  const double first = ascending.front();
  const double last = ascending.back();
  KeyScale scale{.key = "", .is_whole = are_whole, .lowest = -1e300, .highest = 1e300};
  if (first > 0) {
    std::vector<double> factors;
    for (std::size_t i = 1; i < ascending.size(); ++i) {
      factors.push_back(ascending[i] / ascending[i - 1]);
    }
    // 2, 3, 4 grow by 1; 1, 2, 4 by a factor, as do two values a decade apart.
    const bool are_alike = factors.size() > 1 && *std::ranges::max_element(factors) <
                                                     alike * *std::ranges::min_element(factors);
    scale.is_geometric = are_alike || last >= decade * first;
  }
  if (first >= 0) {
    scale.lowest = first > 0 && scale.is_whole ? 1 : 0;
    scale.highest = last <= 1 && !scale.is_geometric && !scale.is_whole ? 1 : scale.highest;
  }
  return scale;
}

/// Two significant digits: 1.4142e-05 is 1.4e-05.
double rounded(double value) {
  return std::strtod(fmt::format("{:.1e}", value).c_str(), nullptr);
}

/// A numeric key's tried values in order, and the place of the best one.
struct Ladder {
  KeyScale scale{};
  std::vector<double> values{};
  std::size_t best = 0;

  [[nodiscard]] bool is_at_low() const { return best == 0; }

  [[nodiscard]] bool is_at_high() const { return best + 1 == values.size(); }

  /// `steps` beyond (negative: below) the value at `from`, as far as from there to `neighbour`.
  [[nodiscard]] double beyond(std::size_t from, std::size_t neighbour, int steps) const {
    const double here = values[from];
    const double there = values[neighbour];
    return fit(is_geometric() ? here * std::pow(here / there, steps)
                              : here + steps * (here - there));
  }

  [[nodiscard]] double between(std::size_t left, std::size_t right) const {
    return fit(is_geometric() ? std::sqrt(values[left] * values[right])
                              : (values[left] + values[right]) / 2);
  }

  [[nodiscard]] bool may_be(double value) const {
    return value >= scale.lowest && value <= scale.highest;
  }

 private:
  [[nodiscard]] bool is_geometric() const { return scale.is_geometric && values.front() > 0; }

  [[nodiscard]] double fit(double value) const {
    // Shares that reach the end of their range stop there: 0 is a value of its own.
    const double kept = !scale.is_geometric && value < scale.lowest && value > -1e-9 ? 0 : value;
    return scale.is_whole ? std::round(kept) : rounded(kept);
  }
};

/// nullopt where the key is no number that may move, or has one value alone.
std::optional<Ladder> ladder_of(const TriedParameter& tried) {
  const auto* const scale =
      std::ranges::find_if(scales, [&](const KeyScale& each) { return each.key == tried.key; });
  const auto best = number_of(tried.best);
  const bool are_numbers = std::ranges::all_of(
      tried.values, [](const ParameterValue& value) { return number_of(value).has_value(); });
  const bool are_whole = std::ranges::all_of(tried.values, [](const ParameterValue& value) {
    return std::holds_alternative<std::int64_t>(value);
  });
  const bool may_move = tried.is_of_program ? are_numbers : scale != scales.end();
  if (!may_move || !best || tried.values.size() < 2) {
    return std::nullopt;
  }
  Ladder ladder;
  for (const ParameterValue& value : tried.values) {
    ladder.values.push_back(number_of(value).value_or(*best));
  }
  std::ranges::sort(ladder.values);
  ladder.scale = tried.is_of_program ? scale_by_values(ladder.values, are_whole) : *scale;
  const auto place = std::ranges::find(ladder.values, *best);
  if (place == ladder.values.end()) {
    return std::nullopt;
  }
  ladder.best = static_cast<std::size_t>(place - ladder.values.begin());
  return ladder;
}

ParameterValue value_of(const Ladder& ladder, double value) {
  if (ladder.scale.is_whole) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

/// The numbers in order, each once.
Axis axis_of(const std::string& key, const Ladder& ladder, std::set<double> numbers) {
  Axis axis{key, {}};
  for (const double number : numbers) {
    axis.values.push_back(value_of(ladder, number));
  }
  return axis;
}

NextAxis beyond_edge(const TriedParameter& tried, const Ladder& ladder) {
  const std::size_t neighbour = ladder.is_at_low() ? ladder.best + 1 : ladder.best - 1;
  std::set<double> numbers = {ladder.values[ladder.best]};
  for (const int steps : {1, 2}) {
    const double value = ladder.beyond(ladder.best, neighbour, steps);
    if (ladder.may_be(value)) {
      numbers.insert(value);
    }
  }
  if (numbers.size() == 1) {
    return {{tried.key, tried.tied}, GridMove::at_its_limit};
  }
  return {axis_of(tried.key, ladder, std::move(numbers)),
          ladder.is_at_low() ? GridMove::below : GridMove::above};
}

NextAxis around_best(const TriedParameter& tried, const Ladder& ladder) {
  std::set<double> numbers = {ladder.values[ladder.best]};
  if (!ladder.is_at_low()) {
    numbers.insert(ladder.between(ladder.best - 1, ladder.best));
  }
  if (!ladder.is_at_high()) {
    numbers.insert(ladder.between(ladder.best, ladder.best + 1));
  }
  // A whole number's middle may be one of the two.
  std::erase_if(numbers, [&](double number) {
    return number != ladder.values[ladder.best] &&
           std::ranges::find(ladder.values, number) != ladder.values.end();
  });
  const bool is_new = numbers.size() > 1;
  return {axis_of(tried.key, ladder, std::move(numbers)),
          is_new ? GridMove::between : GridMove::stays};
}

}  // namespace

std::vector<NextAxis> grid_beyond(const std::vector<TriedParameter>& tried) {
  std::vector<NextAxis> grid;
  for (const TriedParameter& each : tried) {
    const auto ladder = ladder_of(each);
    const bool is_on_edge = ladder && (ladder->is_at_low() || ladder->is_at_high());
    grid.push_back(is_on_edge ? beyond_edge(each, *ladder)
                              : NextAxis{{each.key, each.tied}, GridMove::stays});
  }
  return grid;
}

std::vector<NextAxis> grid_between(const std::vector<TriedParameter>& tried) {
  std::vector<NextAxis> grid;
  for (const TriedParameter& each : tried) {
    const auto ladder = ladder_of(each);
    grid.push_back(ladder ? around_best(each, *ladder)
                          : NextAxis{{each.key, each.tied}, GridMove::stays});
  }
  return grid;
}

bool has_new_values(const std::vector<NextAxis>& grid) {
  return std::ranges::any_of(grid, [](const NextAxis& axis) {
    return axis.move != GridMove::stays && axis.move != GridMove::at_its_limit;
  });
}

}  // namespace tarama
