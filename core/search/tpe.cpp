// What the constants are worth, `./dev simulate search` says, and tools/tpe_peers.py of Optuna's.
#include "core/search/tpe.hpp"

#include "core/search/parzen.hpp"
#include "core/training/philox.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tarama {
namespace {

// Of the levels that have a value, a tenth are good ones, at most so many.
constexpr std::int64_t most_good = 25;
// Optuna takes 24; twice as many gave a lower median regret on 11 of the 12 functions.
constexpr int candidates_at_once = 48;
// Place::drawn_levels has example 0 for draws; the candidates of level `step` are another row.
constexpr std::int64_t candidates_example = 1;
// Where nearly all has been tried, so often before something is drawn blindly.
constexpr int most_rounds = 8;
// So many levels count fully, the newest; of older ones the less, the older they are.
constexpr std::size_t full_weights = 25;
// Kernels of bad levels. Each is asked about each candidate: all of 10,000 would take some ten
// milliseconds.
constexpr std::size_t most_kernels = 256;

std::vector<double> weights_by_age(std::size_t count) {
  std::vector<double> weights(count, 1.0);
  if (count > full_weights) {
    const std::size_t ramp = count - full_weights;
    const double first = 1 / static_cast<double>(count);
    for (std::size_t i = 0; i < ramp; ++i) {
      weights[i] =
          ramp == 1 ? first
                    : first + (1 - first) * static_cast<double>(i) / static_cast<double>(ramp - 1);
    }
  }
  return weights;
}

/// Some of the older half stand for all of it; the newer ones stay.
void thin(std::vector<std::size_t>& levels, std::vector<double>& weights) {
  if (levels.size() <= most_kernels) {
    return;
  }
  const std::size_t newer = most_kernels / 2;
  const std::size_t kept = most_kernels - newer;
  const std::size_t older = levels.size() - newer;
  const double stands_for = static_cast<double>(older) / static_cast<double>(kept);
  std::vector<std::size_t> some;
  std::vector<double> theirs;
  for (std::size_t i = 0; i < kept; ++i) {
    const std::size_t place = i * older / kept;
    some.push_back(levels[place]);
    theirs.push_back(weights[place] * stands_for);
  }
  for (std::size_t place = older; place < levels.size(); ++place) {
    some.push_back(levels[place]);
    theirs.push_back(weights[place]);
  }
  levels = std::move(some);
  weights = std::move(theirs);
}

}  // namespace

Tpe::Tpe(const SweepSpec& spec) : space_(spec.parameters), goal_(spec.metric.goal) {
  drawing_.method = Method::sobol;
  drawing_.seed = spec.seed;
  drawing_.parameters = spec.parameters;
}

void Tpe::add(Point point) {
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    if (point[axis]) {
      point[axis] = space_.as_listed(axis, *point[axis]);
    }
  }
  apply_conditions(space_.axes(), point);
  KnownLevel level{.places = space_.places_of(point), .value = {}};
  if (level.places) {
    tried_.insert(std::move(point));
  }
  levels_.push_back(std::move(level));
}

void Tpe::set_value(std::size_t level, std::optional<double> value) {
  if (value && std::isnan(*value)) {
    value.reset();
  }
  levels_.at(level).value = value && goal_ == Goal::maximize ? std::optional(-*value) : value;
}

Tpe::Split Tpe::split(std::int64_t with_value) const {
  std::vector<std::pair<double, std::size_t>> ranked;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i].places && levels_[i].value) {
      ranked.emplace_back(*levels_[i].value, i);
    }
  }
  const std::int64_t good = std::min((with_value + 9) / 10, most_good);
  const auto end = ranked.begin() + good;
  std::ranges::nth_element(ranked, end);  // of equal ones the earlier is the better
  std::vector<bool> is_good(levels_.size(), false);
  for (auto each = ranked.begin(); each != end; ++each) {
    is_good[each->second] = true;
  }
  Split split;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i].places) {
      (is_good[i] ? split.good : split.bad).push_back(i);
    }
  }
  return split;
}

std::optional<Point> Tpe::next() const {
  const auto with_value = std::ranges::count_if(levels_, [](const KnownLevel& level) {
    return level.places.has_value() && level.value.has_value();
  });
  if (with_value < first_levels) {
    return drawn_point();
  }
  std::optional<Point> learned = learned_point(with_value);
  return learned ? learned : drawn_point();
}

std::optional<Point> Tpe::drawn_point() const {
  SweepSpec drawing = drawing_;
  drawing.replicates = 1;
  drawing.max_runs = static_cast<std::int64_t>(tried_.size()) + 1;
  std::optional<Point> found;
  visit_points(drawing, [&](const Point& point) {
    if (!tried_.contains(point)) {
      found = point;
    }
    return !found;
  });
  return found;
}

std::optional<Point> Tpe::learned_point(std::int64_t with_value) const {
  Split parts = split(with_value);
  const auto density_of = [&](std::vector<std::size_t>& levels) {
    std::vector<double> weights = weights_by_age(levels.size());
    thin(levels, weights);
    std::vector<const Coordinates*> points;
    for (const std::size_t level : levels) {
      points.push_back(&*levels_[level].places);
    }
    return ParzenDensity(space_, points, std::move(weights));
  };
  const ParzenDensity good = density_of(parts.good);
  const ParzenDensity bad = density_of(parts.bad);
  PhiloxStream numbers({.seed = drawing_.seed,
                        .place = Place::drawn_levels,
                        .step = levels(),
                        .example = candidates_example});
  for (int round = 0; round < most_rounds; ++round) {
    std::vector<Candidate> candidates;
    for (int i = 0; i < candidates_at_once; ++i) {
      Candidate candidate = good.draw(numbers);
      if (!tried_.contains(candidate.point)) {
        candidates.push_back(std::move(candidate));
      }
    }
    if (candidates.empty()) {
      continue;
    }
    const std::vector<double> among_good = good.log_density(candidates);
    const std::vector<double> among_bad = bad.log_density(candidates);
    std::size_t best = 0;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      if (among_good[i] - among_bad[i] > among_good[best] - among_bad[best]) {
        best = i;
      }
    }
    return std::move(candidates[best].point);
  }
  return std::nullopt;
}

}  // namespace tarama
