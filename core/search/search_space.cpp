// Listed numbers lie side by side, by rank.
#include "core/search/search_space.hpp"

#include "core/sweep/parameter_value.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tarama {
namespace {

bool is_scale(const Axis& axis) {
  const auto is_number = [](const ParameterValue& value) { return number_of(value).has_value(); };
  return axis.drawn.has_value() ||
         (axis.values.size() > 2 && std::ranges::all_of(axis.values, is_number));
}

std::vector<std::size_t> rising(const std::vector<ParameterValue>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return *number_of(values[i]); });
  return order;
}

/// A whole number is as good as a real one: what was stored as 1 may be asked for as 1.0.
bool is_same(const ParameterValue& a, const ParameterValue& b) {
  const std::optional<double> number = number_of(a);
  return a == b || (number && number == number_of(b));
}

}  // namespace

SearchSpace::SearchSpace(std::vector<Axis> axes) : axes_(std::move(axes)), ranked_(axes_.size()) {
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    names_.push_back(is_scale(axes_[axis]) ? 0 : axes_[axis].values.size());
    if (is_scale(axes_[axis]) && !axes_[axis].drawn) {
      ranked_[axis] = rising(axes_[axis].values);
    }
  }
  set_order();
}

// An axis may stand before the one that it depends on. What depends on itself comes last, and its
// conditions do not hold.
void SearchSpace::set_order() {
  std::vector<bool> is_placed(axes_.size(), false);
  const auto is_ready = [&](const AxisCondition& condition) {
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      if (axes_[axis].key == condition.key) {
        return static_cast<bool>(is_placed[axis]);
      }
    }
    return true;
  };
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      if (!is_placed[axis] && std::ranges::all_of(axes_[axis].when, is_ready)) {
        is_placed[axis] = true;
        order_.push_back(axis);
        has_changed = true;
      }
    }
  }
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    if (!is_placed[axis]) {
      order_.push_back(axis);
    }
  }
}

bool SearchSpace::is_active(std::size_t axis, const Point& point) const {
  return std::ranges::all_of(axes_[axis].when, [&](const AxisCondition& condition) {
    return holds(condition, axes_, point);
  });
}

ParameterValue SearchSpace::value_at(std::size_t axis, const Coordinate& place) const {
  if (names_[axis] > 0) {
    return axes_[axis].values[place.index];
  }
  if (axes_[axis].drawn) {
    return value_at_share(axes_[axis], place.share.at);
  }
  const std::vector<std::size_t>& ranked = ranked_[axis];
  const auto rank = static_cast<std::size_t>(place.share.at * static_cast<double>(ranked.size()));
  return axes_[axis].values[ranked[std::min(rank, ranked.size() - 1)]];
}

std::optional<Coordinate> SearchSpace::place_of(std::size_t axis,
                                                const ParameterValue& value) const {
  const std::optional<double> number = number_of(value);
  if (const auto& range = axes_[axis].drawn) {
    const bool is_within = number && *number >= range->min && *number <= range->max;
    return is_within ? std::optional(Coordinate{.share = interval_of(*range, *number)})
                     : std::nullopt;
  }
  const std::vector<ParameterValue>& values = axes_[axis].values;
  const auto found = std::ranges::find_if(
      values, [&](const ParameterValue& listed) { return is_same(listed, value); });
  if (found == values.end()) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(found - values.begin());
  if (names_[axis] > 0) {
    return Coordinate{.share = {}, .index = index};
  }
  const std::vector<std::size_t>& ranked = ranked_[axis];
  const auto rank = static_cast<double>(std::ranges::find(ranked, index) - ranked.begin());
  const auto count = static_cast<double>(ranked.size());
  return Coordinate{.share = {(rank + 0.5) / count, rank / count, (rank + 1) / count}};
}

ParameterValue SearchSpace::as_listed(std::size_t axis, const ParameterValue& value) const {
  if (const auto& range = axes_[axis].drawn) {
    const std::optional<double> number = number_of(value);
    return number && !range->is_whole ? ParameterValue(*number) : value;
  }
  const std::vector<ParameterValue>& values = axes_[axis].values;
  const auto found = std::ranges::find_if(
      values, [&](const ParameterValue& listed) { return is_same(listed, value); });
  return found == values.end() ? value : *found;
}

std::optional<Coordinates> SearchSpace::places_of(const Point& point) const {
  Coordinates places(axes_.size());
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    if (point[axis]) {
      places[axis] = place_of(axis, *point[axis]);
      if (!places[axis]) {
        return std::nullopt;
      }
    }
  }
  return places;
}

}  // namespace tarama
