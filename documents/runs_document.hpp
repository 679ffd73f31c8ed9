// The runs of a sweep as columns, for tables of thousands: names once instead of once a run.
#pragma once

#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <nlohmann/json.hpp>
#include <vector>

namespace tarama {

/// An array for each of `run`, `level`, `state`, `failure_class`, `message`, `attempts`, `seed`,
/// `planned_steps`, `metric`, `train_seconds`, as in RUN. A run's parameters are its level's.
[[nodiscard]] nlohmann::ordered_json runs_table_json(const std::vector<db::RunInfo>& runs);

/// Who did what when: `devices` (names), and an array for each of `run`, `attempt`, `device` (its
/// place in `devices`), `started_at`, `ended_at` (milliseconds since 1970; null: not yet),
/// `first_step`, `outcome`. By the time of their start; attempts that have not started, and such as
/// were taken over from another sweep, are not there.
[[nodiscard]] Result<nlohmann::ordered_json> devices_json(const db::ReadStore& store,
                                                          SweepId sweep);

}  // namespace tarama
