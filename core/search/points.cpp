// A grid counts like an odometer; a sample is drawn until it has enough that are new.
#include "core/search/points.hpp"

#include "core/search/drawn_values.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>

namespace tarama {

namespace {

// So many draws in a row that are nothing new: there is nothing new, or hardly anything.
constexpr std::int64_t most_vain_draws = 1000;

std::int64_t saturating_product(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return b != 0 && a > most / b ? most : a * b;
}

/// Like an odometer: the last axis turns fastest. False after the last combination.
bool turn(const std::vector<Axis>& axes, std::vector<std::size_t>& position) {
  for (std::size_t axis = axes.size(); axis-- > 0;) {
    if (++position[axis] < axes[axis].values.size()) {
      return true;
    }
    position[axis] = 0;
  }
  return false;
}

void visit_grid(const SweepSpec& spec, const std::function<bool(const Point&)>& visit) {
  const std::vector<Axis>& axes = spec.parameters;
  std::vector<std::size_t> position(axes.size(), 0);
  Point point(axes.size());
  do {
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      point[axis] = axes[axis].values[position[axis]];
    }
    apply_conditions(axes, point);
    // Where an axis has no value, its first position stands for all.
    bool is_repeated = false;
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      is_repeated = is_repeated || (!point[axis] && position[axis] > 0);
    }
    if (!is_repeated && !visit(point)) {
      return;
    }
  } while (turn(axes, position));
}

/// How many are drawn, as far as there are so many.
std::int64_t sampled_points(const SweepSpec& spec) {
  const std::int64_t levels = spec.max_runs / std::max<std::int64_t>(spec.replicates, 1);
  return spec.method == Method::tpe ? std::min(levels, first_levels) : levels;
}

void visit_sample(const SweepSpec& spec, const std::function<bool(const Point&)>& visit) {
  const std::int64_t wanted = sampled_points(spec);
  DrawnPoints draws(spec);
  std::set<Point> seen;
  for (std::int64_t in_vain = 0;
       static_cast<std::int64_t>(seen.size()) < wanted && in_vain < most_vain_draws;
       ++in_vain) {
    Point point = draws.next();
    apply_conditions(spec.parameters, point);
    if (const auto [place, is_new] = seen.insert(std::move(point)); is_new) {
      in_vain = 0;
      if (!visit(*place)) {
        return;
      }
    }
  }
}

bool has_no_values(const Axis& axis) {
  return axis.values.empty() && !axis.drawn;
}

}  // namespace

bool holds(const AxisCondition& condition, const std::vector<Axis>& axes, const Point& point) {
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis].key == condition.key) {
      return point[axis] && std::ranges::count(condition.values, *point[axis]) > 0;
    }
  }
  return false;
}

void apply_conditions(const std::vector<Axis>& axes, Point& point) {
  // An axis may stand before the one that it depends on: at most one round for each.
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      const auto is_met = [&](const AxisCondition& condition) {
        return holds(condition, axes, point);
      };
      if (point[axis] && !std::ranges::all_of(axes[axis].when, is_met)) {
        point[axis].reset();
        has_changed = true;
      }
    }
  }
}

void visit_points(const SweepSpec& spec, const std::function<bool(const Point&)>& visit) {
  if (std::ranges::any_of(spec.parameters, has_no_values)) {
    return;
  }
  if (spec.method == Method::grid) {
    visit_grid(spec, visit);
  } else {
    visit_sample(spec, visit);
  }
}

std::int64_t most_points(const SweepSpec& spec) {
  std::int64_t count = 1;
  for (const Axis& axis : spec.parameters) {
    count = axis.drawn ? std::numeric_limits<std::int64_t>::max()
                       : saturating_product(count, static_cast<std::int64_t>(axis.values.size()));
    if (count == 0) {
      return 0;
    }
  }
  return spec.method == Method::grid ? count : std::min(count, sampled_points(spec));
}

std::int64_t levels_in_all(const SweepSpec& spec) {
  SweepSpec all = spec;
  all.method = spec.method == Method::tpe ? Method::random : spec.method;
  return most_points(all);
}

}  // namespace tarama
