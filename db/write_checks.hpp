// What both stores demand of what they are given, so that neither takes what the other refuses.
// Pure.
#pragma once

#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <functional>
#include <map>
#include <string>

namespace tarama::db {

/// Whether `more` may be added to a sweep that has `levels` already. `has_run_key`: whether the
/// sweep has a run of that key.
[[nodiscard]] Result<void> check_new_runs(
    const NewSweep& more,
    const std::map<LevelId, NewLevel>& levels,
    const std::function<bool(const std::string&)>& has_run_key);

/// Attempts and epochs count from 1, steps from 0.
[[nodiscard]] Result<void> check_write(const Write& write);

[[nodiscard]] Error unknown_run(RunId run);
[[nodiscard]] Error unknown_sweep(SweepId sweep);

/// A run cannot have succeeded: `corrupt`.
[[nodiscard]] Error rows_missing(RunId run,
                                 const Committed& stored,
                                 std::int64_t planned_steps,
                                 std::int64_t planned_evals);

}  // namespace tarama::db
