// What has come of a sweep's replicates that decide themselves, as the store's rows say.
#pragma once

#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <vector>

namespace tarama::db {

struct StageInfo {
  RefinementStage stage;
  std::vector<Look> looks;

  friend bool operator==(const StageInfo&, const StageInfo&) = default;
};

/// By stage.
[[nodiscard]] Result<std::vector<StageInfo>> read_stages(const ReadStore& store, SweepId sweep);

}  // namespace tarama::db
