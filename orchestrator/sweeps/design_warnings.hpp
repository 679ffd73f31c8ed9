// Warnings about how a sweep is laid out: too few replicates to say anything, fewer levels than
// were asked for. Pure.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "orchestrator/config/config_warnings.hpp"

#include <cstdint>
#include <vector>

namespace tarama::orchestrator {

/// `one_replicate` with the evaluation set's own error as the least that is in a value, or
/// `two_replicates`; nothing of one level, which is compared with none. `inputs`: of the first
/// level. And `fewer_levels`, where there are not as many as max_runs allows.
[[nodiscard]] std::vector<config::ConfigWarning> design_warnings(const config::SweepFile& file,
                                                                 std::int64_t levels,
                                                                 const LevelInputs& inputs);

}  // namespace tarama::orchestrator
