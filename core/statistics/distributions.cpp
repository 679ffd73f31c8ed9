// See distributions.hpp.
#include "core/statistics/distributions.hpp"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/policies/policy.hpp>

#include <cmath>
#include <limits>
#include <numbers>

namespace tarama::statistics {

namespace {

// Boost's own is long double, whose powers are some ten times as slow, and of its digits a double
// keeps 13 or more in either case.
using StudentsT = boost::math::students_t_distribution<
    double,
    boost::math::policies::policy<boost::math::policies::promote_double<false>>>;

}  // namespace

double t_exceeded_with(double tail, double df) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(df >= 0.01) || !(tail > 0)) {
    return infinity;
  }
  if (std::isinf(df)) {
    return normal_exceeded_with(tail);
  }
  return boost::math::quantile(boost::math::complement(StudentsT(df), tail));
}

double t_tail(double t, double df) {
  if (std::isinf(t)) {
    return t > 0 ? 0 : 1;
  }
  return boost::math::cdf(boost::math::complement(StudentsT(df), t));
}

double normal_density(double z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
}

double normal_below(double z) {
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

double normal_exceeded_with(double tail) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), tail));
}

double rate_at_most(std::int64_t seen, std::int64_t of, double confidence) {
  if (seen >= of) {
    return 1;
  }
  const boost::math::beta_distribution<> rate(static_cast<double>(seen + 1),
                                              static_cast<double>(of - seen));
  return boost::math::quantile(rate, confidence);
}

}  // namespace tarama::statistics
