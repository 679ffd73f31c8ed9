// The kernels of BertAdam of every vector unit against its formula in double; the decay of words
// that are in no data against the updates that it stands for.
#include "tests/packed/tables.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace tarama::packed::test {
namespace {

template <class Real>
struct State {
  std::vector<Real> parameter;
  std::vector<Real> next_m;
  std::vector<Real> next_v;

  State(std::int64_t seed, std::int64_t n) {
    Numbers numbers(seed);
    parameter = numbers.normal<Real>(n);
    next_m = numbers.normal<Real>(n);
    next_v = numbers.normal<Real>(n);
    for (Real& number : next_v) {
      number = std::abs(number);
    }
  }

  void update(const KernelTable<Real>& kernels,
              const UpdateRule<Real>& rule,
              const Real* gradient) {
    kernels.update(
        rule, gradient, std::ssize(parameter), parameter.data(), next_m.data(), next_v.data());
  }
};

/// One update by the formula of docs/NUMERICS.md; no gradient is one of zeros.
template <class Real>
void expect_formula(const KernelTable<Real>& kernels,
                    const UpdateRule<Real>& rule,
                    const std::vector<Real>& gradient,
                    std::int64_t n) {
  const State<Real> before(n, n);
  State<Real> after = before;
  after.update(kernels, rule, gradient.empty() ? nullptr : gradient.data());
  for (std::size_t i = 0; i < after.parameter.size(); ++i) {
    const double g = gradient.empty() ? 0 : static_cast<double>(gradient[i] * rule.factor);
    const double m = 0.9 * static_cast<double>(before.next_m[i]) + 0.1 * g;
    const double v = 0.999 * static_cast<double>(before.next_v[i]) + 0.001 * g * g;
    const auto p = static_cast<double>(before.parameter[i]);
    const double change = m / (std::sqrt(v) + 1e-6) + static_cast<double>(rule.weight_decay) * p;
    const double allowed = 10 * rounding<Real>;
    EXPECT_NEAR(after.next_m[i], m, allowed * (1 + std::abs(g)));
    EXPECT_NEAR(after.next_v[i], v, allowed * (1 + g * g));
    EXPECT_NEAR(after.parameter[i],
                p - static_cast<double>(rule.lr) * change,
                allowed * (std::abs(p) + std::abs(change)));
  }
}

TEST(Update, IsBertAdams) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    const UpdateRule<Real> rule{.lr = Real(0.01), .factor = Real(0.7), .weight_decay = Real(0.02)};
    for (const std::int64_t n : {1, 3, 8, 16, 17, 50, 64, 100}) {
      SCOPED_TRACE(n);
      expect_formula(kernels, rule, Numbers(n + 1).normal<Real>(n), n);
      expect_formula(kernels, rule, std::vector<Real>(), n);
    }
  });
}

TEST(Update, NotANumberComesThrough) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const Real bad : {not_a_number<Real>, infinite<Real>}) {
      State<Real> state(1, 40);
      state.update(kernels, {.lr = Real(0.01)}, std::vector<Real>(40, bad).data());
      EXPECT_TRUE(all_nan<Real>(state.parameter)) << bad;
    }
  });
}

TEST(SumOfSquares, IsExactForWholeNumbersOfAnyCount) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t n : {1, 5, 16, 63, 64, 65, 100, 4095, 4096, 4097, 20'001}) {
      const std::vector<Real> x = Numbers(n).whole<Real>(n);
      double sum = 0;
      for (const Real number : x) {
        sum += static_cast<double>(number * number);
      }
      EXPECT_EQ(kernels.sum_of_squares(x.data(), n), sum) << n;
    }
    const std::vector<Real> bad(5, not_a_number<Real>);
    EXPECT_TRUE(std::isnan(kernels.sum_of_squares(bad.data(), 5)));
  });
}

/// Whether `decay` leaves the bits of updates that see no gradient and moments of 0.
template <class Real>
bool decays_as_updates_do(const KernelTable<Real>& kernels,
                          std::vector<Real> parameter,
                          const std::vector<Real>& rates,
                          Real weight_decay) {
  State<Real> updated(1, std::ssize(parameter));
  updated.parameter = parameter;
  updated.next_m.assign(parameter.size(), 0);
  updated.next_v.assign(parameter.size(), 0);
  for (const Real rate : rates) {
    updated.update(kernels, {.lr = rate, .weight_decay = weight_decay}, nullptr);
  }
  kernels.decay(
      rates.data(), std::ssize(rates), weight_decay, std::ssize(parameter), parameter.data());
  return same_bits<Real>(parameter, updated.parameter);
}

RC_GTEST_PROP(Decay, HasTheBitsOfTheUpdatesThatItStandsFor, ()) {
  const auto n = *rc::gen::inRange<std::int64_t>(1, 300);
  const auto updates = *rc::gen::inRange<std::int64_t>(0, 60);
  const auto seed = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
  const double weight_decay = *rc::gen::element(0.01, 0.1, 0.3);
  for_each_table([&]<class Real>(const KernelTable<Real>& kernels) {
    Numbers numbers(seed);
    std::vector<Real> rates = numbers.normal<Real>(updates);
    for (Real& rate : rates) {
      rate = std::abs(rate) * Real(0.01);
    }
    RC_ASSERT(decays_as_updates_do(
        kernels, numbers.normal<Real>(n), rates, static_cast<Real>(weight_decay)));
  });
}

TEST(Decay, HasTheBitsOfUpdatesForEveryKindOfNumber) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    using Limits = std::numeric_limits<Real>;
    for (const Real number :
         {Real{0}, Real{-0.0}, Limits::min(), -Limits::min(), Limits::max(), infinite<Real>}) {
      for (const std::size_t count : {1, 70}) {
        EXPECT_TRUE(decays_as_updates_do(
            kernels, std::vector<Real>(count, number), {Real(0.1), 0, Real(0.5)}, Real(0.01)))
            << number;
      }
    }
  });
}

}  // namespace
}  // namespace tarama::packed::test
