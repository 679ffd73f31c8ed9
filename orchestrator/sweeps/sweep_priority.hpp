// The priority of a sweep that the store has, as `tarama priority` sets it.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <cstdint>

namespace tarama::orchestrator {

/// Writes it into the spec that the store keeps, and nothing else. `invalid_argument`: beyond
/// most_priority.
[[nodiscard]] Result<void> store_priority(db::RunStore& store,
                                          SweepId sweep,
                                          std::int64_t priority);

}  // namespace tarama::orchestrator
