// The other activations of every vector unit against the C library's in double.
#include "tests/packed/tables.hpp"
#include "tests/support/worse_of.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tarama::packed::test {
namespace {

constexpr std::int64_t points = 20'003;  // no multiple of any number of lanes

template <class Real>
Real point(std::int64_t i) {
  return static_cast<Real>(-14.0 + 28.0 * static_cast<double>(i) / static_cast<double>(points - 1));
}

TEST(ActivationKernel, GeluTanhIsTheOneOfTransformers) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    std::vector<Real> x(points);
    for (std::int64_t i = 0; i < points; ++i) {
      x[static_cast<std::size_t>(i)] = point<Real>(i);
    }
    std::vector<Real> out(x.size());
    std::vector<Real> slope(x.size());
    kernels.gelu_tanh(x.data(), points, out.data(), slope.data());
    double worst = 0;
    double worst_slope = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto at = static_cast<double>(x[i]);
      const double scale = std::sqrt(2 / std::acos(-1.0));
      const double t = std::tanh(scale * (at + 0.044715 * at * at * at));
      const double wanted = 0.5 * at * (1 + t);
      const double wanted_slope =
          0.5 * (1 + t) + 0.5 * at * (1 - t * t) * scale * (1 + 3 * 0.044715 * at * at);
      const double error = std::abs(static_cast<double>(out[i]) - wanted) / (1 + std::abs(at));
      worst = tarama::test::worse_of(worst, error);
      worst_slope = tarama::test::worse_of(worst_slope,
                                           std::abs(static_cast<double>(slope[i]) - wanted_slope));
    }
    EXPECT_LT(worst, 4 * rounding<Real>) << kernels.name;
    // The exponent, up to some ten, is rounded before exp sees it, and the slope multiplies that.
    EXPECT_LT(worst_slope, 64 * rounding<Real>) << kernels.name;
  });
}

TEST(ActivationKernel, ReluKeepsWhatIsAboveZero) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    std::vector<Real> x(points);
    for (std::int64_t i = 0; i < points; ++i) {
      x[static_cast<std::size_t>(i)] = point<Real>(i);
    }
    std::vector<Real> slope(x.size());
    std::vector<Real> out = x;
    kernels.relu(out.data(), points, out.data(), slope.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(out[i], x[i] > 0 ? x[i] : Real{0});
      ASSERT_EQ(slope[i], x[i] > 0 ? Real{1} : Real{0});
    }
  });
}

}  // namespace
}  // namespace tarama::packed::test
