// The six schedules in the original's order of operations, so that doubles agree bit for bit.
#include "core/training/lr_schedule.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tarama {

namespace {

/// Half a cosine wave per unit of `waves`: from 1 down to 0 at 1.
double cosine(double waves) {
  return 0.5 * (1.0 + std::cos(waves));
}

double after_warmup(double progress, double warmup) {
  return (progress - warmup) / (1.0 - warmup);
}

/// `progress` is the share of t_total that is done; `warmup` the share that is warm-up.
double factor_at(const LrSchedule& schedule, double progress, double warmup) {
  constexpr double pi = std::numbers::pi;
  if (schedule.kind == Schedule::none) {
    return 1.0;
  }
  if (schedule.kind == Schedule::warmup_cosine_with_warmup_restarts) {
    // Every cycle warms up again, for its share of the whole run's warm-up.
    warmup = warmup * schedule.cycles;
    progress = std::fmod(progress * schedule.cycles, 1.0);
  }
  if (progress < warmup) {
    return progress / warmup;
  }
  switch (schedule.kind) {
    case Schedule::none:
    case Schedule::warmup_constant:
      return 1.0;
    case Schedule::warmup_linear:
      return std::max((progress - 1.0) / (warmup - 1.0), 0.0);
    case Schedule::warmup_cosine:
      return cosine(pi * schedule.cycles * 2.0 * after_warmup(progress, warmup));
    case Schedule::warmup_cosine_with_hard_restarts:
      return cosine(pi * std::fmod(schedule.cycles * after_warmup(progress, warmup), 1.0));
    case Schedule::warmup_cosine_with_warmup_restarts:
      return cosine(pi * after_warmup(progress, warmup));
  }
  return 1.0;
}

}  // namespace

double default_cycles(Schedule kind) {
  return kind == Schedule::warmup_cosine ? 0.5 : 1.0;
}

LrSchedule schedule_of(const TrainingSettings& training, std::int64_t steps) {
  const bool is_applied = training.t_total == TTotal::steps_of_run;
  return {training.schedule,
          training.warmup,
          is_applied ? static_cast<double>(steps) : -1.0,
          default_cycles(training.schedule)};
}

double lr_factor(const LrSchedule& schedule, std::int64_t step) {
  const double warmup = std::max(schedule.warmup, 0.0);
  TARAMA_ASSERT(warmup < 1.0, "the sweep file's check keeps warmup in [0, 1)");
  if (schedule.t_total < 0) {
    return 1.0;
  }
  return factor_at(schedule, static_cast<double>(step) / schedule.t_total, warmup);
}

}  // namespace tarama
