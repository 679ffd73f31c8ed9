// See difference_bounds.hpp.
#include "core/statistics/difference_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tarama::statistics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Of more levels than this only so many rivals are held against each, the best ones: fewer rivals
// leave the bounds wider, never narrower, and 50,000 levels take a second instead of a minute.
constexpr std::size_t most_rivals = 4000;

std::vector<std::size_t> best_first(const std::vector<double>& means) {
  std::vector<std::size_t> order(means.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return means[left] > means[right];
  });
  order.resize(std::min(order.size(), most_rivals));
  return order;
}

/// `rivals` come best first: from where even a certain difference would not lower the bound, none
/// does.
double upper_bound_of(std::size_t level,
                      const std::vector<std::size_t>& rivals,
                      const std::vector<double>& means,
                      const BoundOfPair& bound) {
  double upper = infinity;
  for (const std::size_t rival : rivals) {
    if (means[level] - means[rival] >= upper) {
      break;
    }
    if (rival != level) {
      const PairBound pair = bound(level, rival, level);
      upper = std::min(upper, pair.difference + pair.margin);
    }
  }
  return std::max(0.0, upper);
}

double lower_bound_of(std::size_t level,
                      const std::vector<std::size_t>& tied,
                      const BoundOfPair& bound) {
  double lower = 0;
  for (const std::size_t rival : tied) {
    if (rival != level) {
      const PairBound pair = bound(level, rival, rival);
      lower = std::min(lower, pair.difference - pair.margin);
    }
  }
  return lower;
}

}  // namespace

std::vector<ComparedLevel> bounds_from_pairs(const std::vector<double>& means,
                                             const BoundOfPair& bound) {
  const std::vector<std::size_t> rivals = best_first(means);
  std::vector<ComparedLevel> levels(means.size());
  std::vector<std::size_t> tied;
  std::vector<double> upper(means.size());
  for (std::size_t level = 0; level < means.size(); ++level) {
    upper[level] = upper_bound_of(level, rivals, means, bound);
    levels[level].is_tied = upper[level] > 0;
    if (levels[level].is_tied) {
      tied.push_back(level);
    }
  }
  // A lower bound must look at every tied level; of too many it is left open.
  const bool has_lower = tied.size() <= most_rivals;
  for (std::size_t level = 0; level < means.size() && means.size() > 1; ++level) {
    const std::size_t other = rivals[rivals.front() == level ? 1 : 0];
    const double lower = has_lower ? lower_bound_of(level, tied, bound) : -infinity;
    levels[level].difference = {means[level] - means[other], lower, upper[level]};
  }
  return levels;
}

}  // namespace tarama::statistics
