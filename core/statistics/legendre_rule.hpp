// Points and weights of Gauss and Legendre's quadrature. Private to the room.
#pragma once

#include <vector>

namespace tarama::statistics {

struct QuadraturePoint {
  double at = 0;
  double weight = 0;
};

/// 96 points on [from, to]: smooth integrands of a few units' width to 1e-12.
[[nodiscard]] std::vector<QuadraturePoint> legendre_rule(double from, double to);

}  // namespace tarama::statistics
