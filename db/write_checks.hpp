// What both stores demand of what they are given, so that neither takes what the other refuses.
// What a peer has sent ends up here: whatever it is, the answer is an error of that write alone.
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
    const std::map<LevelId, LevelRecord>& levels,
    const std::function<bool(const std::string&)>& has_run_key);

/// Attempts and epochs count from 1, steps from 0, and none is higher than training can get;
/// predicted classes and labels are classes of as many examples;
/// seconds are not negative; names are sound and short; a change is a JSON object.
[[nodiscard]] Result<void> check_write(const Write& write);

[[nodiscard]] Error unknown_run(RunId run);
[[nodiscard]] Error unknown_sweep(SweepId sweep);
[[nodiscard]] Error refined_already(SweepId sweep);
[[nodiscard]] Error duty_given_before(std::int64_t duty, std::int64_t last);

/// A run cannot have succeeded: `corrupt`.
[[nodiscard]] Error rows_missing(RunId run,
                                 const Committed& stored,
                                 std::int64_t planned_steps,
                                 std::int64_t planned_evals);

}  // namespace tarama::db
