// The rows of further replicates of a sweep's levels, and how a round of a refinement is decided by
// a store's rows. Pure but for the store.
#pragma once

#include "core/search/refine_policy.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "db/run_store.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace tarama::orchestrator {

/// A run of each (level, seed), and their levels. `not_found` for a level that the sweep lacks.
[[nodiscard]] Result<db::NewSweep> plan_replicates(
    const db::StoredSweep& stored,
    const std::vector<std::pair<LevelId, std::int64_t>>& seeds,
    TimePoint now);

/// What the rows say about the round that begins once every planned run is over.
[[nodiscard]] Result<RefineRound> round_by_rows(const db::StoredSweep& stored,
                                                const RefinementStage& stage,
                                                const db::SearchEvidence& evidence);

/// What was decided and written.
struct WrittenRound {
  RefineRound round;
  db::StoredSweep added;  // as extend_sweep gives it; without runs where none was added
};

/// Decides the next round and writes it: looks, then the further runs, or the stage's end. Done
/// twice, it comes to the same.
[[nodiscard]] Result<WrittenRound> write_round(db::RunStore& store,
                                               SweepId sweep,
                                               const RefinementStage& stage,
                                               TimePoint now);

}  // namespace tarama::orchestrator
