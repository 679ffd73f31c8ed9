// Simulated sweeps of which the best level is known: what the methods of comparison are held
// against. Numbers come from Philox by scenario and trial, so that a table is the same everywhere.
#pragma once

#include "core/statistics/level_sample.hpp"
#include "core/training/philox.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::simulate {

/// Level 0 is the best one, or as good as any. Values are normal, with the levels' own spreads, and
/// correlated between levels through the seeds.
struct Scenario {
  std::string name;
  std::vector<double> means;
  std::vector<double> sds;
  int replicates = 5;
  double correlation = 0;  // of any two levels over seeds
  /// The share of level 1's seeds that collapse to `collapsed`.
  double collapse_rate = 0;
  double collapsed = -20;

  [[nodiscard]] std::size_t levels() const { return means.size(); }

  /// Normal noise: the best level is to be kept in 95 %.
  [[nodiscard]] bool is_promised() const { return collapse_rate == 0; }
};

/// Those of docs/STATISTICS.md, in the table's order.
[[nodiscard]] std::vector<Scenario> all_scenarios();

/// One sweep. Trials with other numbers are independent.
[[nodiscard]] std::vector<statistics::LevelSample> simulated_sweep(const Scenario& scenario,
                                                                   std::int64_t trial);

}  // namespace tarama::simulate
