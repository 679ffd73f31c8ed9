// Families of levels that differ in length and schedule alone, and in them the rates.
#include "core/training/trajectory.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/fingerprint.hpp"
#include "core/sweep/run_key.hpp"
#include "core/training/run_length.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace tarama {

namespace {

std::uint64_t bits_of(double number) {
  return std::bit_cast<std::uint64_t>(number);
}

/// Whether every factor is 1, whatever the run's length.
bool is_flat(const LrSchedule& schedule) {
  return schedule.t_total < 0 || schedule.kind == Schedule::none ||
         (schedule.kind == Schedule::warmup_constant && schedule.warmup <= 0);
}

bool is_same(const LrSchedule& a, const LrSchedule& b) {
  return a.kind == b.kind && bits_of(a.warmup) == bits_of(b.warmup) &&
         bits_of(a.t_total) == bits_of(b.t_total) && bits_of(a.cycles) == bits_of(b.cycles);
}

std::int64_t epoch_steps(const LevelTrajectory& level) {
  return steps_per_epoch(level.kind->inputs.train_examples, level.training->batch_size);
}

std::int64_t all_steps(const LevelTrajectory& level) {
  return level.training->epochs * epoch_steps(level);
}

LrSchedule schedule_of(const LevelTrajectory& level) {
  return schedule_of(*level.training, all_steps(level));
}

LevelTrajectory trajectory_of(const LevelRecord& level) {
  return {level.level, &level.training, &level};
}

/// All that counts but length and schedule, as a run key would have it. Of the scripted trainer the
/// length alone: its script may name any other setting.
std::string family_of(const LevelTrajectory& level, std::int64_t seed) {
  const LevelRecord& kind = *level.kind;
  TrainingSettings training = *level.training;
  const TrainingSettings defaults;
  training.epochs = defaults.epochs;
  if (value_named(learner_names, kind.learner)) {
    training.warmup = defaults.warmup;
    training.schedule = defaults.schedule;
    training.t_total = defaults.t_total;
  }
  return fmt::format("{} {}",
                     kind.numerics,
                     run_key({.training = training,
                              .model = kind.model,
                              .seed = seed,
                              .data_fingerprint = kind.inputs.data_fingerprint,
                              .model_fingerprint = kind.inputs.model_fingerprint,
                              .learner = kind.learner}));
}

bool is_beginning(const LevelTrajectory& shorter, const LevelTrajectory& longer) {
  const std::int64_t steps = all_steps(shorter);
  return common_steps(schedule_of(shorter), schedule_of(longer), steps) == steps;
}

/// The factors of the first epoch's second and last step: equal for levels with a whole epoch in
/// common. Cheap, and enough to see that a sweep by the default schedule has nothing in common.
using Likeness = std::tuple<std::int64_t, std::uint64_t, std::uint64_t>;

Likeness likeness_of(const LevelTrajectory& level) {
  const LrSchedule schedule = schedule_of(level);
  const std::int64_t last = epoch_steps(level) - 1;
  return {last,
          bits_of(lr_factor(schedule, std::min<std::int64_t>(1, last))),
          bits_of(lr_factor(schedule, last))};
}

/// Whether length and schedule are those of the other: then something else tells them apart.
bool is_as_long(const LevelTrajectory& a, const LevelTrajectory& b) {
  return a.training->epochs == b.training->epochs && is_same(schedule_of(a), schedule_of(b));
}

/// Of one family, the shorter ones first.
void find_beginnings(const std::vector<const LevelTrajectory*>& family,
                     std::map<LevelId, LevelId>& beginnings) {
  for (std::size_t i = 1; i < family.size(); ++i) {
    for (std::size_t shorter = i; shorter-- > 0;) {
      if (is_beginning(*family[shorter], *family[i])) {
        beginnings.emplace(family[i]->level, family[shorter]->level);
        break;
      }
    }
  }
}

}  // namespace

std::int64_t common_steps(const LrSchedule& a, const LrSchedule& b, std::int64_t most) {
  if ((is_flat(a) && is_flat(b)) || is_same(a, b)) {
    return most;
  }
  std::int64_t step = 0;
  while (step < most && bits_of(lr_factor(a, step)) == bits_of(lr_factor(b, step))) {
    ++step;
  }
  return step;
}

std::int64_t common_epochs(const LevelRecord& a, const LevelRecord& b) {
  const LevelTrajectory one = trajectory_of(a);
  const LevelTrajectory other = trajectory_of(b);
  if (a.inputs.train_examples < 1 || family_of(one, 0) != family_of(other, 0)) {
    return 0;
  }
  const std::int64_t per_epoch = epoch_steps(one);
  const std::int64_t most = std::min(a.training.epochs, b.training.epochs) * per_epoch;
  return common_steps(schedule_of(one), schedule_of(other), most) / per_epoch;
}

std::map<LevelId, LevelId> beginnings_of(std::vector<LevelTrajectory> levels) {
  std::erase_if(levels,
                [](const LevelTrajectory& level) { return level.kind->inputs.train_examples < 1; });
  std::vector<std::pair<Likeness, const LevelTrajectory*>> by_likeness;
  by_likeness.reserve(levels.size());
  for (const LevelTrajectory& level : levels) {
    by_likeness.emplace_back(likeness_of(level), &level);
  }
  std::ranges::sort(by_likeness, {}, [](const auto& entry) {
    return std::tuple(entry.first, entry.second->training->epochs, entry.second->level);
  });
  std::map<LevelId, LevelId> beginnings;
  for (auto first = by_likeness.begin(); first != by_likeness.end();) {
    const auto last = std::find_if(
        first, by_likeness.end(), [&](const auto& entry) { return entry.first != first->first; });
    const bool is_of_one_length = std::all_of(
        first, last, [&](const auto& entry) { return is_as_long(*entry.second, *first->second); });
    std::map<std::string, std::vector<const LevelTrajectory*>> families;
    for (auto it = first; it != last && !is_of_one_length; ++it) {
      families[family_of(*it->second, 0)].push_back(it->second);
    }
    for (const auto& [name, family] : families) {
      find_beginnings(family, beginnings);
    }
    first = last;
  }
  return beginnings;
}

std::map<LevelId, LevelId> beginnings_of(const std::vector<LevelRecord>& levels) {
  std::vector<LevelTrajectory> trajectories;
  for (const LevelRecord& level : levels) {
    trajectories.push_back(trajectory_of(level));
  }
  return beginnings_of(std::move(trajectories));
}

std::string trajectory_key(const LevelRecord& record, std::int64_t seed, std::int64_t epochs) {
  const LevelTrajectory level = trajectory_of(record);
  const LrSchedule schedule = schedule_of(level);
  const std::int64_t steps = epochs * epoch_steps(level);
  Fingerprint fingerprint;
  fingerprint.field(family_of(level, seed)).field(steps);
  // Equal factors that follow one another as one: most schedules without warm-up have but one.
  std::int64_t first = 0;
  for (std::int64_t step = 1; step <= steps; ++step) {
    const std::uint64_t bits = bits_of(lr_factor(schedule, first));
    if (step == steps || bits_of(lr_factor(schedule, step)) != bits) {
      fingerprint.field(step - first).field(std::bit_cast<std::int64_t>(bits));
      first = step;
    }
  }
  return fingerprint.hex();
}

}  // namespace tarama
