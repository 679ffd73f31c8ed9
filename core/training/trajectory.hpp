// What determines a run's numbers up to a step: settings, data, model, seed, and the rates up to
// there, by their bits. Runs with one trajectory up to a step have one state behind it, so that one
// of them may train these steps for all. Pure.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/training/lr_schedule.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tarama {

/// How many steps the two schedules have the same factors from the first one on, bit by bit; at
/// most `most`.
[[nodiscard]] std::int64_t common_steps(const LrSchedule& a,
                                        const LrSchedule& b,
                                        std::int64_t most);

/// How many whole epochs runs of the two levels, of one seed, have in common; 0 where more than
/// length and schedule tells them apart.
[[nodiscard]] std::int64_t common_epochs(const LevelRecord& a, const LevelRecord& b);

/// A level as it counts here: what it shares with others by pointer.
struct LevelTrajectory {
  LevelId level;
  const TrainingSettings* training = nullptr;
  const LevelRecord* kind = nullptr;  // of its model, learner, numerics and inputs
};

/// For each level that has one: the longest other level whose runs, whole, are the beginning of its
/// own runs of the same seed. Of levels that have everything in common the first is the beginning
/// of the second, and so on: no level is, over however many others, its own beginning.
[[nodiscard]] std::map<LevelId, LevelId> beginnings_of(std::vector<LevelTrajectory> levels);
[[nodiscard]] std::map<LevelId, LevelId> beginnings_of(const std::vector<LevelRecord>& levels);

/// Names the first `epochs` epochs of a run of the level: 32 hexadecimal digits, the same for all
/// runs that have them in common.
[[nodiscard]] std::string trajectory_key(const LevelRecord& level,
                                         std::int64_t seed,
                                         std::int64_t epochs);

}  // namespace tarama
