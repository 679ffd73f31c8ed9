// From a sweep's axes to its levels, and from levels to runs. Pure and ordered: the same spec gives
// the same levels with the same ids.
#pragma once

#include "core/search/points.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama {

/// Runs of one sweep. 1,000,000 take 300 MB of memory and a day at 10 runs a second; beyond that
/// it is a slip of the pen.
inline constexpr std::int64_t most_runs = 1'000'000;

/// The points of the sweep (points.hpp) in their order, as levels with ids from 1.
/// `invalid_argument` for an axis that apply_parameter does not accept, a level that nobody could
/// train, or more runs than most_runs: orchestrator/config has checked the file, but a submission
/// may come from another version of tarama.
[[nodiscard]] Result<std::vector<Level>> expand_levels(const SweepSpec& spec);

/// The level of a point, with this number; errors as expand_levels.
[[nodiscard]] Result<Level> level_at(const SweepSpec& spec, const Point& point, std::size_t number);

/// The replicates of every level, level by level; seeds spec.seed, spec.seed + 1, ...
[[nodiscard]] std::vector<PlannedRun> expand_runs(const SweepSpec& spec,
                                                  const std::vector<Level>& levels);

/// How many levels expand_levels would give, without making them. A grid without conditions is
/// counted whatever its size, up to int64's maximum; other sweeps up to most_runs.
[[nodiscard]] std::int64_t count_levels(const SweepSpec& spec);

/// Sets the key of `training` or `model` that an axis may sweep: lr warmup epochs batch_size
/// schedule t_total weight_decay max_grad_norm norm dropout precision | path layers hidden heads
/// intermediate vocab vocab_size lowercase. False, and nothing set, if there is no such key or the
/// value has another type or name; ranges are not checked. A whole number will do for a real one.
[[nodiscard]] bool apply_parameter(const std::string& key,
                                   const ParameterValue& value,
                                   TrainingSettings& training,
                                   ModelSpec& model);

}  // namespace tarama
