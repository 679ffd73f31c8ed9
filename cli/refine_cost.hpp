// Further replicates as people ask for them, and what they are likely to cost, said before they
// begin: by `tarama refine`, and by the page.
#pragma once

#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tarama::cli {

/// 0: not said.
struct RefineWish {
  double until = 0;
  std::int64_t budget = 0;
  std::int64_t first = 0;
  std::int64_t most = Refinement{}.most;
};

/// With what is usual where nothing is said. `invalid_argument`: neither `until` nor `budget`, or
/// both, or seeds that cannot be.
[[nodiscard]] Result<Refinement> asked_by(const RefineWish& wish);

struct RefineCost {
  std::string words;                        // "about 24 runs, 112 at most"
  std::string promise;                      // what it holds with; empty: nothing is promised
  std::optional<std::int64_t> runs{};       // to expect; nullopt: not known yet
  std::int64_t most_runs = 0;               // 0: none is needed
  std::optional<double> seconds_per_run{};  // of training, where it has been seen
};

/// By the rows as they are.
[[nodiscard]] Result<RefineCost> refine_cost(const db::ReadStore& store,
                                             const db::SweepInfo& sweep,
                                             const Refinement& asked);

}  // namespace tarama::cli
