// Which of a sweep's runs come first within a replicate, as `order` of its file says. Pure, of what
// the rows say: the same runs have the same order after a restart, and on every machine.
#pragma once

#include "core/sweep/run_spec.hpp"

#include <cstdint>

namespace tarama {

/// Less means: earlier; never negative. Of `longest_first` it is the same for all runs: the
/// scheduler orders them by their steps (core/scheduling/run_order.hpp).
[[nodiscard]] double rank_of(OrderBy order,
                             std::int64_t sweep_seed,
                             const LevelRecord& level,
                             const RunPlan& run);

/// What the run's training costs, in operations where the model is known; of a program 0: nobody
/// knows.
[[nodiscard]] double cost_of(const LevelRecord& level, const RunPlan& run);

}  // namespace tarama
