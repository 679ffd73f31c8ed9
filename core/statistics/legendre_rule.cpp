// See legendre_rule.hpp.
#include "core/statistics/legendre_rule.hpp"

#include <boost/math/special_functions/legendre.hpp>

namespace tarama::statistics {

std::vector<QuadraturePoint> legendre_rule(double from, double to) {
  constexpr int points = 96;
  const double centre = (from + to) / 2;
  const double half = (to - from) / 2;
  std::vector<QuadraturePoint> rule;
  // The zeros that are not negative; an even number of points has none at 0.
  for (const double zero : boost::math::legendre_p_zeros<double>(points)) {
    const double slope = boost::math::legendre_p_prime(points, zero);
    const double weight = 2 / ((1 - zero * zero) * slope * slope);
    rule.push_back({centre + half * zero, half * weight});
    rule.push_back({centre - half * zero, half * weight});
  }
  return rule;
}

}  // namespace tarama::statistics
