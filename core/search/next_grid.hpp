// The grid that follows one that was run: beyond the edge that the best level lies on, or between
// the values beside it. Pure.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <string>
#include <vector>

namespace tarama {

/// A swept key as it stood: every value that was tried, that of the best level, and those of the
/// levels that may be as good.
struct TriedParameter {
  std::string key;
  std::vector<ParameterValue> values;  // each once
  ParameterValue best;
  std::vector<ParameterValue> tied;  // each once, the best's among them
  bool is_of_program = false;        // nobody knows more of it than its values

  friend bool operator==(const TriedParameter&, const TriedParameter&) = default;
};

enum class GridMove {
  stays,         // the values of the tied levels
  below,         // values below the lowest tried
  above,         // values above the highest
  between,       // values between the best one and its neighbours
  at_its_limit,  // as `stays`: the best is the lowest or highest tried, and nothing is beyond
};

struct NextAxis {
  Axis axis;
  GridMove move = GridMove::stays;

  friend bool operator==(const NextAxis&, const NextAxis&) = default;
};

/// Beyond the edges, where the best lies on one with room behind it; two new values each. Axes
/// without an edge keep the values of the tied levels.
[[nodiscard]] std::vector<NextAxis> grid_beyond(const std::vector<TriedParameter>& tried);

/// Between the best values and their neighbours.
[[nodiscard]] std::vector<NextAxis> grid_between(const std::vector<TriedParameter>& tried);

/// Whether any axis has a value that was not tried.
[[nodiscard]] bool has_new_values(const std::vector<NextAxis>& grid);

}  // namespace tarama
