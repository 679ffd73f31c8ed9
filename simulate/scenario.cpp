// See scenario.hpp.
#include "simulate/scenario.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tarama::simulate {
namespace {

std::vector<double> best_by(std::size_t levels, double gap) {
  std::vector<double> means(levels, 0);
  means.front() = gap;
  return means;
}

std::vector<double> ladder(std::size_t levels, double step) {
  std::vector<double> means;
  for (std::size_t i = 0; i < levels; ++i) {
    means.push_back(-step * static_cast<double>(i));
  }
  return means;
}

std::vector<double> one_of(std::size_t levels, std::size_t which, double sd) {
  std::vector<double> sds(levels, 1);
  sds[which] = sd;
  return sds;
}

/// From 1 to `last`, each larger by the same factor.
std::vector<double> rising(std::size_t levels, double last) {
  std::vector<double> sds;
  for (std::size_t i = 0; i < levels; ++i) {
    sds.push_back(std::pow(last, static_cast<double>(i) / static_cast<double>(levels - 1)));
  }
  return sds;
}

void add_equal_spreads(std::vector<Scenario>& all) {
  for (const int replicates : {2, 3, 5, 10}) {
    all.push_back({"all equal", best_by(12, 0), one_of(12, 0, 1), replicates});
  }
  all.push_back({"all equal", best_by(4, 0), one_of(4, 0, 1), 5});
  all.push_back({"all equal", best_by(48, 0), one_of(48, 0, 1), 5});
  all.push_back({"all equal", best_by(12, 0), one_of(12, 0, 1), 5, .6});
  for (const double correlation : {0.0, .3, .6}) {
    for (const int replicates : {3, 5, 10}) {
      all.push_back({"best + 1 sd", best_by(12, 1), one_of(12, 0, 1), replicates, correlation});
    }
  }
  all.push_back({"best + 1 sd", best_by(4, 1), one_of(4, 0, 1), 5, .3});
  all.push_back({"best + 1 sd", best_by(48, 1), one_of(48, 0, 1), 5, .3});
  for (const double correlation : {0.0, .6}) {
    for (const int replicates : {3, 5, 10}) {
      all.push_back({"ladder of .5 sd", ladder(12, .5), one_of(12, 0, 1), replicates, correlation});
    }
  }
}

void add_unequal_spreads(std::vector<Scenario>& all) {
  for (const double sd : {2.0, 3.0}) {
    for (const int replicates : {2, 3, 5, 10}) {
      all.push_back({fmt::format("equal, best's spread x {}", sd),
                     best_by(12, 0),
                     one_of(12, 0, sd),
                     replicates});
    }
  }
  all.push_back({"equal, best's spread x 3", best_by(12, 0), one_of(12, 0, 3), 5, .6});
  all.push_back({"equal, best's spread x 3", best_by(4, 0), one_of(4, 0, 3), 5});
  all.push_back({"equal, best's spread x 3", best_by(48, 0), one_of(48, 0, 3), 5});
  all.push_back({"ladder, best's spread x 3", ladder(12, .5), one_of(12, 0, 3), 5, .3});
  for (const int replicates : {3, 5, 10}) {
    all.push_back({"equal, best's spread / 3", best_by(12, 0), one_of(12, 0, 1.0 / 3), replicates});
  }
  all.push_back({"equal, best's spread / 10", best_by(48, 0), one_of(48, 0, .1), 3});
  all.push_back({"equal, one rival's spread x 10", best_by(12, 0), one_of(12, 1, 10), 5});
  for (const int replicates : {3, 10}) {
    all.push_back({"equal, spreads from 1 to 10", best_by(12, 0), rising(12, 10), replicates});
  }
  all.push_back({"equal, spreads from 1 to 10", best_by(12, 0), rising(12, 10), 5, .6});
}

}  // namespace

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  add_equal_spreads(all);
  add_unequal_spreads(all);
  for (const double rate : {.05, .1}) {
    // Where it does not collapse, the rival is better by 2 sd; on the average it is worse.
    std::vector<double> means = best_by(12, 0);
    means[1] = 2;
    all.push_back({fmt::format("rival collapses in {:.0f} %", 100 * rate),
                   means,
                   one_of(12, 0, 1),
                   5,
                   0,
                   rate,
                   -60});
  }
  return all;
}

std::vector<statistics::LevelSample> simulated_sweep(const Scenario& scenario, std::int64_t trial) {
  PhiloxStream numbers({.seed = trial, .place = Place::fake_noise});
  std::vector<double> common;
  for (int seed = 0; seed < scenario.replicates; ++seed) {
    common.push_back(std::sqrt(scenario.correlation) * numbers.normal());
  }
  const double own = std::sqrt(1 - scenario.correlation);
  std::vector<statistics::LevelSample> samples(scenario.levels());
  for (std::size_t level = 0; level < samples.size(); ++level) {
    samples[level].level = LevelId{static_cast<std::int64_t>(level) + 1};
    for (int seed = 0; seed < scenario.replicates; ++seed) {
      const double noise = common[static_cast<std::size_t>(seed)] + own * numbers.normal();
      samples[level].values.push_back(
          {seed + 1, scenario.means[level] + scenario.sds[level] * noise});
    }
  }
  for (int seed = 0; scenario.collapse_rate > 0 && seed < scenario.replicates; ++seed) {
    if (numbers.uniform() < scenario.collapse_rate) {
      samples[1].values[static_cast<std::size_t>(seed)].value = scenario.collapsed;
    }
  }
  return samples;
}

}  // namespace tarama::simulate
