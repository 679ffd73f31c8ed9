// The methods that could tell which levels are tied with the best one: ours, and those that it is
// held against.
#pragma once

#include "core/statistics/level_sample.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tarama::simulate {

/// Whether each level is in the set.
using TiedSet = std::vector<bool>;

struct Candidate {
  std::string name;
  std::function<TiedSet(const std::vector<statistics::LevelSample>&)> tied;
};

/// For sweeps of this shape: quantiles are worked out once. In the table's order.
[[nodiscard]] std::vector<Candidate> candidates_for(std::size_t levels, int replicates);

}  // namespace tarama::simulate
