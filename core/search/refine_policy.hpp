// Replicates that decide themselves: which level gets which seed next, and when that is over. Pure:
// the answer follows from what the rows say, so that a restart changes nothing.
#pragma once

#include "core/statistics/level_sample.hpp"
#include "core/sweep/refinement.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tarama {

/// A level as far as it has come.
struct RefinedLevel {
  statistics::LevelSample sample;  // diverged seeds as the constant guess
  std::set<std::int64_t> planned;  // seeds, whatever became of them

  friend bool operator==(const RefinedLevel&, const RefinedLevel&) = default;
};

/// What holds for the sweep as a whole.
struct RefineRules {
  Goal goal = Goal::maximize;
  double resolution = 0;        // the metric's smallest step
  std::int64_t first_seed = 1;  // seeds are taken from here on
};

struct SeedOfLevel {
  std::size_t place = 0;  // in what was given
  std::int64_t seed = 1;

  friend bool operator==(const SeedOfLevel&, const SeedOfLevel&) = default;
};

struct RefineRound {
  std::vector<SeedOfLevel> more{};   // to be run next
  std::vector<Look> looks{};         // all decisions of this stage so far
  std::int64_t levels_left = 0;      // that may still be the best, of `until`
  bool is_done = false;              // nothing will be added any more
  std::optional<LevelId> reached{};  // of `until`: the level that is within D of the best
  std::string outcome{};             // when done: a clause for a person
  /// Runs that are likely still to come behind `more`; nullopt: not known yet.
  std::optional<std::int64_t> runs_to_go{};

  friend bool operator==(const RefineRound&, const RefineRound&) = default;
};

/// What a round begins with, once every planned replicate is over. Levels of which fewer than half
/// of the replicates have a value get nothing more. A seed that failed without a value at one level
/// is made up for by the next one at all, up to twice the most seeds.
[[nodiscard]] RefineRound next_round(const RefinementStage& stage,
                                     const std::vector<RefinedLevel>& levels,
                                     const RefineRules& rules);

}  // namespace tarama
