// GELU of every vector unit against the C library's erfc in double.
#include "tests/packed/tables.hpp"
#include "tests/support/worse_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <utility>
#include <vector>

namespace tarama::packed::test {
namespace {

/// The probability of less than x.
double below(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double density(double x) {
  return std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0));
}

template <class Real>
struct Gelu {
  Gelu(const KernelTable<Real>& kernels, const std::vector<Real>& x) : out(x), slope(x.size()) {
    kernels.gelu(out.data(), std::ssize(out), out.data(), slope.data());
  }

  std::vector<Real> out;
  std::vector<Real> slope;
};

template <class Real>
std::vector<Real> from_minus_14_to_14(std::int64_t count) {
  std::vector<Real> x;
  for (std::int64_t i = 0; i < count; ++i) {
    x.push_back(
        static_cast<Real>(-14.0 + 28.0 * static_cast<double>(i) / static_cast<double>(count - 1)));
  }
  return x;
}

TEST(GeluKernel, IsTheOneWithTheErf) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    const std::vector<Real> x = from_minus_14_to_14<Real>(100'003);
    const Gelu<Real> gelu(kernels, x);
    double worst = 0;
    double worst_slope = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto at = static_cast<double>(x[i]);
      const double share = std::abs(static_cast<double>(gelu.out[i]) - at * below(at));
      worst = tarama::test::worse_of(worst, share / (1 + std::abs(at)));
      const double slope = below(at) + at * density(at);
      worst_slope =
          tarama::test::worse_of(worst_slope, std::abs(static_cast<double>(gelu.slope[i]) - slope));
    }
    std::cout << "  " << kernels.name << ": gelu " << worst / rounding<Real> << ", slope "
              << worst_slope / rounding<Real> << " roundings from the erf\n";
    // Of float half a rounding of the number, and one of the probability. Slopes reach 1.13.
    EXPECT_LT(worst, 2 * rounding<Real>);
    EXPECT_LT(worst_slope, 6 * rounding<Real>);
  });
}

TEST(GeluKernel, HasTheLowerTailRelatively) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    const std::vector<Real> x = from_minus_14_to_14<Real>(100'003);
    const Gelu<Real> gelu(kernels, x);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto at = static_cast<double>(x[i]);
      if (at > -13 && at < 0) {
        // x^2 / 2, up to 84, is rounded before exp sees it: the result has its absolute error.
        const double wanted = at * below(at);
        const double error = std::abs(static_cast<double>(gelu.out[i]) - wanted);
        worst = tarama::test::worse_of(worst, error / std::abs(wanted) / (8 + at * at));
      }
    }
    std::cout << "  " << kernels.name << ": the tail "
              << worst / rounding<Real> << " roundings times 8 + x^2\n";
    EXPECT_LT(worst, 2 * rounding<Real>);
  });
}

TEST(GeluKernel, OfTinyAndHugeNumbersIsHalfOfThemAllOrNothing) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    constexpr Real tiny = std::numeric_limits<Real>::min() * 4;
    constexpr Real huge = std::numeric_limits<Real>::max();
    // By sixteen for a whole vector, and by one for what is left behind it.
    for (const std::int64_t count : {1, 16}) {
      const auto of = [&](Real x) {
        const std::vector<Real> all(static_cast<std::size_t>(count), x);
        const Gelu<Real> gelu(kernels, all);
        return std::pair<Real, Real>(gelu.out.back(), gelu.slope.back());
      };
      EXPECT_EQ(of(0), (std::pair<Real, Real>(0, 0.5)));
      EXPECT_EQ(of(tiny), (std::pair<Real, Real>(tiny / 2, 0.5)));
      EXPECT_EQ(of(-tiny), (std::pair<Real, Real>(-tiny / 2, 0.5)));
      for (const Real large : {Real{40}, Real{1e10}, huge}) {
        EXPECT_EQ(of(large), (std::pair<Real, Real>(large, 1)));
        EXPECT_EQ(of(-large), (std::pair<Real, Real>(0, 0)));
      }
    }
  });
}

TEST(GeluKernel, NotANumberAndInfinityComeThrough) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::size_t count : {1, 16}) {
      const Gelu<Real> none(kernels, std::vector<Real>(count, not_a_number<Real>));
      EXPECT_TRUE(all_nan<Real>(none.out));
      EXPECT_TRUE(all_nan<Real>(none.slope));

      const Gelu<Real> most(kernels, std::vector<Real>(count, infinite<Real>));
      EXPECT_EQ(most.out, std::vector<Real>(count, infinite<Real>));
      EXPECT_TRUE(all_nan<Real>(most.slope)) << "infinity times no density, as LibTorch has it";

      const Gelu<Real> least(kernels, std::vector<Real>(count, -infinite<Real>));
      EXPECT_TRUE(all_nan<Real>(least.out)) << "as LibTorch has it";
    }
  });
}

}  // namespace
}  // namespace tarama::packed::test
