// The double integral by Gauss and Legendre, 96 x 96 points, and its inverse by regula falsi.
#include "core/statistics/dunnett.hpp"

#include "core/statistics/distributions.hpp"
#include "core/statistics/legendre_rule.hpp"

#include <boost/math/distributions/chi_squared.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace tarama::statistics {
namespace {

/// Points of the pooled spread over the true one, weighted by its density.
std::vector<QuadraturePoint> spread_rule(double df) {
  if (std::isinf(df)) {
    return {{1, 1}};
  }
  const boost::math::chi_squared squares(df);
  // What is left out on both sides has less than 1e-13 of the probability.
  const double from = std::sqrt(boost::math::quantile(squares, 1e-14) / df);
  const double to = std::sqrt(boost::math::quantile(boost::math::complement(squares, 1e-14)) / df);
  std::vector<QuadraturePoint> rule = legendre_rule(from, to);
  for (QuadraturePoint& point : rule) {
    // u = sqrt(q / df): the density of u is that of q = df u^2, times 2 df u.
    point.weight *= boost::math::pdf(squares, df * point.at * point.at) * 2 * df * point.at;
  }
  return rule;
}

/// Rivals with as many runs have one factor of the product.
struct RivalGroup {
  double lambda = 0;
  double scale = 1;  // sqrt(1 - lambda^2)
  double rivals = 0;
};

std::vector<RivalGroup> groups_of(const DunnettDesign& design) {
  std::map<std::int64_t, double> counts;
  for (const std::int64_t runs : design.rival_runs) {
    ++counts[runs];
  }
  std::vector<RivalGroup> groups;
  for (const auto& [runs, count] : counts) {
    const double share =
        static_cast<double>(runs) / static_cast<double>(runs + design.control_runs);
    groups.push_back({std::sqrt(share), std::sqrt(1 - share), count});
  }
  return groups;
}

class DunnettIntegral {
 public:
  explicit DunnettIntegral(const DunnettDesign& design)
      : groups_(groups_of(design)),
        spread_(spread_rule(design.df)),
        normal_(legendre_rule(-8.5, 8.5)) {
    for (QuadraturePoint& point : normal_) {
      point.weight *= normal_density(point.at);
    }
  }

  [[nodiscard]] double below(double c) const {
    double sum = 0;
    for (const QuadraturePoint& spread : spread_) {
      for (const QuadraturePoint& normal : normal_) {
        sum += spread.weight * normal.weight * product(c * spread.at, normal.at);
      }
    }
    return std::clamp(sum, 0.0, 1.0);
  }

 private:
  [[nodiscard]] double product(double limit, double z) const {
    double product = 1;
    for (const RivalGroup& group : groups_) {
      const double below = normal_below((limit + group.lambda * z) / group.scale);
      product *= group.rivals == 1 ? below : std::pow(below, group.rivals);
    }
    return product;
  }

  std::vector<RivalGroup> groups_;
  std::vector<QuadraturePoint> spread_;
  std::vector<QuadraturePoint> normal_;
};

}  // namespace

double dunnett_below(double c, const DunnettDesign& design) {
  return DunnettIntegral(design).below(c);
}

double dunnett_exceeded_with(double tail, const DunnettDesign& design) {
  const DunnettIntegral integral(design);
  const auto rivals = static_cast<double>(std::max<std::size_t>(design.rival_runs.size(), 1));
  // One comparison alone is exceeded more rarely, Bonferroni's bound at most as often.
  double low = t_exceeded_with(std::min(tail, 0.5), design.df);
  double high = t_exceeded_with(std::min(tail, 0.5) / rivals, design.df);
  double excess_low = 1 - tail - integral.below(low);
  double excess_high = 1 - tail - integral.below(high);
  for (int round = 0; round < 100 && high - low > 1e-10 * high; ++round) {
    // Illinois: regula falsi that never gets stuck at one end.
    double guess = (low * excess_high - high * excess_low) / (excess_high - excess_low);
    if (!(guess > low && guess < high)) {
      guess = (low + high) / 2;
    }
    const double excess = 1 - tail - integral.below(guess);
    if (std::abs(excess) < 1e-13) {
      return guess;
    }
    if (excess > 0) {
      low = guess;
      excess_low = excess;
      excess_high /= 2;
    } else {
      high = guess;
      excess_high = excess;
      excess_low /= 2;
    }
  }
  return (low + high) / 2;
}

}  // namespace tarama::statistics
