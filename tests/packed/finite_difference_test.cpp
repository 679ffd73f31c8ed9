// Gradients of the kernels in float64, and of the whole model, against central differences.
#include "tests/packed/head_case.hpp"
#include "tests/packed/tables.hpp"
#include "tests/support/packed_pass.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace tarama::packed::test {
namespace {

using tarama::test::MadeUpCase;
using tarama::test::PackedPass;

// A difference of h is wrong by h^2, and by 1e-16 / h through rounding.
constexpr double h = 1e-5;
constexpr double allowed = 1e-8;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<double> moved(const std::vector<double>& from,
                          double step,
                          const std::vector<double>& direction) {
  std::vector<double> to = from;
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] += step * direction[i];
  }
  return to;
}

/// How much f changes along the direction, from x.
template <class Function>
double slope_along(const Function& f,
                   const std::vector<double>& x,
                   const std::vector<double>& direction) {
  return (f(moved(x, h, direction)) - f(moved(x, -h, direction))) / (2 * h);
}

TEST(FiniteDifferences, OfGeluAreItsSlope) {
  const auto gelu = [](std::vector<double> x) {
    std::vector<double> slope(x.size());
    exact_kernels().gelu(x.data(), std::ssize(x), x.data(), slope.data());
    return std::pair(x, slope);
  };
  std::vector<double> x;
  for (double at = -8; at <= 8; at += 0.0625) {
    x.push_back(at);
  }
  const std::vector<double> ones(x.size(), 1.0);

  const std::vector<double> above = gelu(moved(x, h, ones)).first;
  const std::vector<double> below = gelu(moved(x, -h, ones)).first;
  const std::vector<double> slope = gelu(x).second;

  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR((above[i] - below[i]) / (2 * h), slope[i], allowed) << "at " << x[i];
  }
}

struct NormCase {
  std::int64_t n;
  std::vector<double> gain;
  std::vector<double> shift;
  std::vector<double> d_out;  // the loss is the sum of d_out * out

  explicit NormCase(std::int64_t its_n) : n(its_n) {
    Numbers numbers(7 * n);
    gain = numbers.normal<double>(n);
    shift = numbers.normal<double>(n);
    d_out = numbers.normal<double>(n);
  }

  double inverse(const std::vector<double>& x,
                 std::vector<double>& normal,
                 std::vector<double>& out) const {
    return exact_kernels().normalize(
        x.data(), gain.data(), shift.data(), 1e-3, n, normal.data(), out.data());
  }

  double loss(const std::vector<double>& x) const {
    std::vector<double> normal(x.size());
    std::vector<double> out(x.size());
    static_cast<void>(inverse(x, normal, out));
    return dot(out, d_out);
  }
};

TEST(FiniteDifferences, OfLayerNormAreItsGradients) {
  for (const std::int64_t n : {2, 3, 5, 16, 33}) {
    SCOPED_TRACE(n);
    const NormCase made_up(n);
    Numbers numbers(n);
    const std::vector<double> x = numbers.normal<double>(n);
    const std::vector<double> direction = numbers.normal<double>(n);
    std::vector<double> normal(x.size());
    std::vector<double> out(x.size());
    std::vector<double> d_x(x.size());
    const double inverse = made_up.inverse(x, normal, out);
    exact_kernels().normalize_backward(
        made_up.d_out.data(), normal.data(), made_up.gain.data(), inverse, n, d_x.data());

    const auto loss = [&](const std::vector<double>& at) { return made_up.loss(at); };
    // Two numbers close to each other bend it the most.
    EXPECT_NEAR(slope_along(loss, x, direction), dot(d_x, direction), 1e-6);

    std::vector<double> d_gain(x.size());
    std::vector<double> d_shift(x.size());
    exact_kernels().add_norm_gradients(
        made_up.d_out.data(), normal.data(), n, d_gain.data(), d_shift.data());
    const auto loss_of_gain = [&](const std::vector<double>& at) {
      NormCase other = made_up;
      other.gain = at;
      return other.loss(x);
    };
    const auto loss_of_shift = [&](const std::vector<double>& at) {
      NormCase other = made_up;
      other.shift = at;
      return other.loss(x);
    };
    EXPECT_NEAR(
        slope_along(loss_of_gain, made_up.gain, direction), dot(d_gain, direction), allowed);
    EXPECT_NEAR(
        slope_along(loss_of_shift, made_up.shift, direction), dot(d_shift, direction), allowed);
  }
}

/// The loss is the sum of d_context * context and d_sums * sums; `replaced` is which rows `at`
/// stands for.
double head_loss(HeadCase<double> made_up,
                 std::vector<double> HeadCase<double>::*replaced,
                 const std::vector<double>& at) {
  made_up.*replaced = at;
  const HeadResults<double> results = results_by_kernels(exact_kernels(), made_up);
  return dot(results.context,
             without_gaps(made_up.d_context, made_up.stride(), made_up.shape.width, 0.0)) +
         dot(results.sums, made_up.d_sums);
}

TEST(FiniteDifferences, OfAttentionAreItsGradients) {
  const HeadShape shapes[] = {{.queries = 9, .keys = 9, .width = 5},
                              {.queries = 9, .keys = 9, .width = 5, .drops = true},
                              {.queries = 1, .keys = 21, .width = 16, .drops = true},
                              {.queries = 4, .keys = 3, .width = 17, .drops = true, .kept_gap = 61},
                              {.queries = 2, .keys = 2, .width = 1}};
  for (const HeadShape& shape : shapes) {
    SCOPED_TRACE(shape.keys);
    HeadCase<double> made_up(shape);
    for (std::int64_t i = 0; i < std::ssize(made_up.d_context); ++i) {
      if (i % made_up.stride() >= shape.width) {
        made_up.d_context[static_cast<std::size_t>(i)] = 0;
      }
    }
    const HeadResults<double> results = results_by_kernels(exact_kernels(), made_up);
    const auto expect_slope = [&](std::vector<double> HeadCase<double>::*rows,
                                  const std::vector<double>& gradient) {
      const std::vector<double> from = made_up.*rows;
      const std::vector<double> direction = Numbers(5).normal<double>(std::ssize(from));
      std::vector<double> along;
      for (std::int64_t i = 0; i < std::ssize(direction); ++i) {
        if (i % made_up.stride() < shape.width) {
          along.push_back(direction[static_cast<std::size_t>(i)]);
        }
      }
      const auto loss = [&](const std::vector<double>& at) { return head_loss(made_up, rows, at); };
      EXPECT_NEAR(slope_along(loss, from, direction), dot(gradient, along), allowed);
    };
    expect_slope(&HeadCase<double>::q, results.d_q);
    expect_slope(&HeadCase<double>::k, results.d_k);
    expect_slope(&HeadCase<double>::v, results.d_v);
  }
}

/// Normal numbers for all parameters but the padding's row, which has no gradient by intent.
std::vector<double> direction_over(const ModelPlan& plan, std::int64_t hidden, std::int64_t seed) {
  std::vector<double> direction = Numbers(seed).normal<double>(plan.elements);
  const std::int32_t padding = plan.row_of[0];
  for (std::int64_t i = 0; padding >= 0 && i < hidden; ++i) {
    direction[static_cast<std::size_t>(plan.words + padding * hidden + i)] = 0;
  }
  return direction;
}

class WholeModel : public testing::TestWithParam<Norm> {};

INSTANTIATE_TEST_SUITE_P(FiniteDifferences,
                         WholeModel,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& norm) {
                           return norm.param == Norm::post ? "post" : "pre";
                         });

TEST_P(WholeModel, ChangesItsLossAsItsGradientsSay) {
  for (const double dropout : {0.0, 0.2}) {
    const MadeUpCase made_up{.norm = GetParam(),
                             .hidden = 12,
                             .layers = 3,
                             .heads = 3,
                             .intermediate = 20,
                             .lengths = {5, 1, 9, 3},
                             .dropout = dropout};
    PackedPass<double> pass(made_up, exact_kernels());
    const std::vector<double> gradients = pass.gradients();
    const std::vector<double> values(pass.values().begin(), pass.values().end());
    const auto loss = [&](const std::vector<double>& at) {
      std::ranges::copy(at, pass.values().begin());
      return pass.loss();
    };
    for (std::int64_t seed = 0; seed < 5; ++seed) {
      const auto direction = direction_over(pass.plan(), made_up.hidden, seed);
      const double slope = dot(gradients, direction);
      // LayerNorms of small numbers bend the loss: h^2 times a third derivative of up to 1e4.
      EXPECT_NEAR(slope_along(loss, values, direction), slope, 1e-6 * (1 + std::abs(slope)));
    }
  }
}

}  // namespace
}  // namespace tarama::packed::test
