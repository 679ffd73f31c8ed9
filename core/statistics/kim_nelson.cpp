// The rounds are gone through again from the first: state lies in the values alone.
#include "core/statistics/kim_nelson.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace tarama::statistics {
namespace {

/// Values of the levels at seeds that a set of them has in common, in the order of seeds.
class CommonSeeds {
 public:
  CommonSeeds(const std::vector<LevelSample>& samples, Goal goal) {
    for (const LevelSample& sample : samples) {
      auto& values = values_.emplace_back();
      for (const SeedValue& each : sample.values) {
        values[each.seed] = goal == Goal::maximize ? each.value : -each.value;
      }
    }
  }

  /// Seeds of all these levels.
  [[nodiscard]] std::vector<std::int64_t> of(const std::vector<std::size_t>& places) const {
    std::vector<std::int64_t> seeds;
    for (const auto& [seed, value] : values_[places.front()]) {
      if (std::all_of(places.begin(), places.end(), [&](std::size_t place) {
            return values_[place].contains(seed);
          })) {
        seeds.push_back(seed);
      }
    }
    return seeds;
  }

  /// Differences left minus right at the first `count` of the seeds.
  [[nodiscard]] std::vector<double> differences(std::size_t left,
                                                std::size_t right,
                                                const std::vector<std::int64_t>& seeds,
                                                std::int64_t count) const {
    std::vector<double> differences;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t seed = seeds[static_cast<std::size_t>(i)];
      differences.push_back(values_[left].at(seed) - values_[right].at(seed));
    }
    return differences;
  }

 private:
  std::vector<std::map<std::int64_t, double>> values_;
};

double mean_of_all(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of_all(const std::vector<double>& values) {
  const double mean = mean_of_all(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return squares / static_cast<double>(values.size() - 1);
}

class Rounds {
 public:
  Rounds(const std::vector<LevelSample>& samples, const IndifferenceZone& zone)
      : common_(samples, zone.goal),
        zone_(zone),
        h2_(kim_nelson_h2(static_cast<std::int64_t>(samples.size()), zone.first, zone.confidence)) {
    verdict_.living.resize(samples.size());
    std::iota(verdict_.living.begin(), verdict_.living.end(), std::size_t{0});
    // The first seeds are those that all levels have: their differences' variances count to the
    // end.
    pilot_ = common_.of(verdict_.living);
  }

  ZoneVerdict verdict() {
    const auto pilot = static_cast<std::int64_t>(pilot_.size());
    if (pilot < zone_.first) {
      verdict_.seeds = pilot;
      return verdict_;
    }
    for (std::int64_t round = zone_.first; verdict_.living.size() > 1; ++round) {
      const std::vector<std::int64_t> seeds = common_.of(verdict_.living);
      if (static_cast<std::int64_t>(seeds.size()) < round) {
        break;
      }
      verdict_.seeds = round;
      drop_at(round, seeds);
    }
    verdict_.is_reached = verdict_.living.size() == 1;
    verdict_.is_exhausted = !verdict_.is_reached && verdict_.seeds >= zone_.most;
    verdict_.runs_to_go = runs_to_go();
    return verdict_;
  }

 private:
  [[nodiscard]] double pilot_variance(std::size_t left, std::size_t right) const {
    return variance_of_all(common_.differences(left, right, pilot_, zone_.first));
  }

  /// W_il(r) = max(0, D / (2 r) (h^2 S^2 / D^2 - r)).
  [[nodiscard]] double slack(std::size_t left, std::size_t right, std::int64_t round) const {
    const auto r = static_cast<double>(round);
    const double wide = h2_ * pilot_variance(left, right) / (zone_.within * zone_.within);
    return std::max(0.0, zone_.within / (2 * r) * (wide - r));
  }

  void drop_at(std::int64_t round, const std::vector<std::int64_t>& seeds) {
    std::vector<std::size_t> left_over;
    for (const std::size_t level : verdict_.living) {
      const bool is_behind =
          std::any_of(verdict_.living.begin(), verdict_.living.end(), [&](std::size_t rival) {
            return rival != level && mean_of_all(common_.differences(level, rival, seeds, round)) <
                                         -slack(level, rival, round);
          });
      if (is_behind) {
        verdict_.dropped.push_back({level, round});
      } else {
        left_over.push_back(level);
      }
    }
    verdict_.living = std::move(left_over);
  }

  /// A level that is d behind the leader ends after about h^2 S^2 / (D (2 d + D)) seeds.
  [[nodiscard]] std::optional<std::int64_t> runs_to_go() const {
    if (verdict_.is_reached) {
      return 0;
    }
    const std::vector<std::int64_t> seeds = common_.of(verdict_.living);
    std::size_t leader = verdict_.living.front();
    for (const std::size_t level : verdict_.living) {
      if (mean_of_all(common_.differences(level, leader, seeds, verdict_.seeds)) > 0) {
        leader = level;
      }
    }
    std::int64_t runs = 0;
    std::int64_t longest = 0;
    for (const std::size_t level : verdict_.living) {
      if (level == leader) {
        continue;
      }
      const double behind = mean_of_all(common_.differences(leader, level, seeds, verdict_.seeds));
      const double until =
          h2_ * pilot_variance(leader, level) / (zone_.within * (2 * behind + zone_.within));
      const auto rest = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(std::ceil(std::min(until, 1e12))) - verdict_.seeds);
      runs += rest;
      longest = std::max(longest, rest);
    }
    return runs + longest;  // the leader goes on as long as the last of the others
  }

  CommonSeeds common_;
  const IndifferenceZone& zone_;
  double h2_;
  std::vector<std::int64_t> pilot_;
  ZoneVerdict verdict_;
};

}  // namespace

double kim_nelson_h2(std::int64_t levels, std::int64_t first, double confidence) {
  const double rivals = static_cast<double>(std::max<std::int64_t>(levels - 1, 1));
  const double df = static_cast<double>(first) - 1;
  return df * (std::pow(2 * (1 - confidence) / rivals, -2 / df) - 1);
}

ZoneVerdict within_zone(const std::vector<LevelSample>& samples, const IndifferenceZone& zone) {
  if (samples.empty()) {
    return {};
  }
  if (samples.size() == 1) {
    return {.living = {0},
            .dropped = {},
            .seeds = static_cast<std::int64_t>(samples.front().values.size()),
            .is_reached = true,
            .is_exhausted = false,
            .runs_to_go = 0};
  }
  return Rounds(samples, zone).verdict();
}

}  // namespace tarama::statistics
