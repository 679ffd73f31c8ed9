// The learning rate as a function of the step: the six schedules of BertAdam in
// pytorch_pretrained_bert 0.6.2, in its own order of operations, so that the factors are equal
// to the last bit. Shared by the trainer, `tarama plan` and the dashboard.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>

namespace tarama {

struct LrSchedule {
  Schedule kind = Schedule::warmup_linear;
  double warmup = 0;   // share of t_total, in [0, 1); -1 is read as 0, as the original does
  double t_total = 1;  // steps; below 0: no schedule at all, warm-up included
  double cycles = 1;   // of the cosine ones: half a wave is 0.5; restarts need at least 1
};

/// The original's default: 0.5 for warmup_cosine, 1 for the ones with restarts.
[[nodiscard]] double default_cycles(Schedule kind);

/// As a run's settings say; `steps` is the length of the whole run.
[[nodiscard]] LrSchedule schedule_of(const TrainingSettings& training, std::int64_t steps);

/// The factor to multiply the base rate by. `step` counts from 0 and is read before the update
/// is counted: with warm-up the first update has factor 0. Past t_total: whatever the original
/// gives there (warmup_linear: 0).
[[nodiscard]] double lr_factor(const LrSchedule& schedule, std::int64_t step);

}  // namespace tarama
