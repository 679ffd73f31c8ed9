// From a store's levels to what core/statistics compares: one place, so that whoever asks which
// level is best gets the same answer. Pure.
#pragma once

#include "core/statistics/sweep_answer.hpp"
#include "db/sqlite/read_store.hpp"

#include <optional>
#include <vector>

namespace tarama::db {

[[nodiscard]] std::vector<statistics::LevelEvidence> evidence_of(
    const std::vector<LevelInfo>& levels);

/// The rules for a sweep's metric. `majority`: ReadStore::majority_accuracy.
[[nodiscard]] statistics::AnswerRules rules_for(const Metric& metric,
                                                const std::vector<LevelInfo>& levels,
                                                std::optional<double> majority);

/// Floating-point operations to train a run of the level; nullopt: not known.
[[nodiscard]] std::optional<double> flops_per_run(const LevelInfo& level);

}  // namespace tarama::db
