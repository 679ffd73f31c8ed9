// Functions whose best value is known, to hold search methods against each other: smooth and
// rugged ones, some with rates, whole numbers and conditions as sweeps have.
#pragma once

#include "core/search/points.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tarama::simulate {

struct SearchFunction {
  std::string name;
  std::vector<Axis> axes;
  std::function<double(const Point&)> value;  // to be minimized
  double best = 0;
};

/// Twelve. tools/tpe_peers.py has the same in Python.
[[nodiscard]] std::vector<SearchFunction> search_functions();

}  // namespace tarama::simulate
