// See grid_edge.hpp.
#include "core/statistics/grid_edge.hpp"

#include <algorithm>
#include <map>

namespace tarama::statistics {

std::vector<GridEdge> edges_of(const NumericParameters& best,
                               const std::vector<NumericParameters>& levels) {
  struct Range {
    double low = 0;
    double high = 0;
  };

  std::map<std::string, Range> ranges;
  for (const NumericParameters& level : levels) {
    for (const auto& [name, value] : level) {
      Range& range = ranges.try_emplace(name, Range{value, value}).first->second;
      range.low = std::min(range.low, value);
      range.high = std::max(range.high, value);
    }
  }
  std::vector<GridEdge> edges;
  for (const auto& [name, value] : best) {
    const auto found = ranges.find(name);
    if (found == ranges.end() || !(found->second.low < found->second.high)) {
      continue;
    }
    if (value == found->second.low && value != 0) {
      edges.push_back({name, EdgeSide::low, value});
    }
    if (value == found->second.high) {
      edges.push_back({name, EdgeSide::high, value});
    }
  }
  return edges;
}

}  // namespace tarama::statistics
