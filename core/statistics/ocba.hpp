// Where the next runs decide most: optimal computing budget allocation. Pure.
//
// Source: Chen, Lin, Yucesan and Chick, Simulation budget allocation for further enhancing the
// efficiency of ordinal optimization, Discrete Event Dynamic Systems 10 (2000).
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <vector>

namespace tarama::statistics {

struct AllocationLevel {
  double mean = 0;
  double variance = 0;  // > 0
  std::int64_t runs = 0;
};

/// How many of `budget` further runs each level gets: in proportion to its variance over its
/// squared distance from the best, levels that have their share already none; what rounding leaves
/// goes to the best. Two levels or more.
[[nodiscard]] std::vector<std::int64_t> allocate_runs(const std::vector<AllocationLevel>& levels,
                                                      std::int64_t budget,
                                                      Goal goal);

}  // namespace tarama::statistics
