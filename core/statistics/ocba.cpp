// See ocba.hpp.
#include "core/statistics/ocba.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace tarama::statistics {
namespace {

/// The best level and the one next to it.
struct Front {
  std::size_t best = 0;
  std::size_t second = 1;
};

Front front_of(const std::vector<AllocationLevel>& levels, Goal goal) {
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return goal == Goal::maximize ? levels[left].mean > levels[right].mean
                                  : levels[left].mean < levels[right].mean;
  });
  return {order[0], order[1]};
}

/// The levels' shares in relation to the second best's.
std::vector<double> ratios_of(const std::vector<AllocationLevel>& levels, Front front) {
  const AllocationLevel& best = levels[front.best];
  const AllocationLevel& second = levels[front.second];
  // Equal means would want endless runs; a distance below a thousandth of the spread decides
  // nothing either.
  const auto distance = [&](const AllocationLevel& level) {
    return std::max(std::abs(level.mean - best.mean), 1e-3 * std::sqrt(best.variance));
  };
  std::vector<double> ratios(levels.size(), 0);
  double squares = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (i != front.best) {
      const double closeness = distance(second) / distance(levels[i]);
      ratios[i] = closeness * closeness * levels[i].variance / second.variance;
      squares += ratios[i] * ratios[i] / levels[i].variance;
    }
  }
  ratios[front.best] = std::sqrt(best.variance * squares);
  return ratios;
}

}  // namespace

std::vector<std::int64_t> allocate_runs(const std::vector<AllocationLevel>& levels,
                                        std::int64_t budget,
                                        Goal goal) {
  const Front front = front_of(levels, goal);
  const std::vector<double> ratios = ratios_of(levels, front);
  std::int64_t total = budget;
  for (const AllocationLevel& level : levels) {
    total += level.runs;
  }
  std::vector<bool> has_enough(levels.size(), false);
  std::vector<std::int64_t> wanted(levels.size(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    double sum = 0;
    std::int64_t to_share = total;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      sum += has_enough[i] ? 0 : ratios[i];
      to_share -= has_enough[i] ? levels[i].runs : 0;
    }
    for (std::size_t i = 0; i < levels.size(); ++i) {
      if (!has_enough[i]) {
        wanted[i] =
            static_cast<std::int64_t>(std::floor(ratios[i] / sum * static_cast<double>(to_share)));
      }
    }
    for (std::size_t i = 0; i < levels.size(); ++i) {
      if (!has_enough[i] && wanted[i] < levels[i].runs) {
        has_enough[i] = changed = true;
      }
    }
  }
  std::vector<std::int64_t> more(levels.size(), 0);
  std::int64_t given = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    more[i] = has_enough[i] ? 0 : wanted[i] - levels[i].runs;
    given += more[i];
  }
  more[front.best] += budget - given;
  return more;
}

}  // namespace tarama::statistics
