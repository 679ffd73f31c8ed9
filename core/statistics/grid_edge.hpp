// Whether the best level lies on the edge of what was tried: then the optimum may lie beyond. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tarama::statistics {

enum class EdgeSide { low, high };

struct GridEdge {
  std::string parameter;
  EdgeSide side = EdgeSide::low;
  double value = 0;

  friend bool operator==(const GridEdge&, const GridEdge&) = default;
};

/// A level's parameters that are numbers.
using NumericParameters = std::vector<std::pair<std::string, double>>;

/// The parameters of `best` whose value is the lowest or the highest of all levels', where there
/// are two values or more. 0 is no low edge: rates, shares and sizes end there.
[[nodiscard]] std::vector<GridEdge> edges_of(const NumericParameters& best,
                                             const std::vector<NumericParameters>& levels);

}  // namespace tarama::statistics
