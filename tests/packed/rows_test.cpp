// Dropout, LayerNorm and sums over rows, of every vector unit against plain loops in double.
#include "core/training/philox.hpp"
#include "core/training/philox_lanes.hpp"
#include "tests/packed/tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

namespace tarama::packed::test {
namespace {

// Fewer elements than a vector, whole vectors, four of them, and what is left behind.
const std::vector<std::int64_t> widths = {1,  2,  3,  4,  5,  7,  8,  9,   12,  15,  16,  17,  24,
                                          31, 32, 33, 48, 63, 64, 65, 100, 128, 200, 384, 1000};

constexpr double dropout = 0.3;

/// What a row's dropout multiplies by, as core has it.
std::vector<float> mask_of(const PhiloxRow& row, std::int64_t n) {
  std::vector<float> mask(static_cast<std::size_t>(n));
  fill_dropout_mask(row, dropout, mask);
  return mask;
}

template <class Real>
std::vector<std::uint64_t> bits_of(const KernelTable<Real>& kernels,
                                   const PhiloxRow& row,
                                   double rate,
                                   std::int64_t words) {
  std::vector<std::uint64_t> bits(static_cast<std::size_t>(words));
  kernels.keep_bits(philox::start_of(row), keep_threshold(rate), words, bits.data());
  return bits;
}

TEST(KeepBits, AreThoseOfCoresMasks) {
  const PhiloxRow rows[] = {{.seed = 1, .place = Place::embedding_dropout},
                            {.seed = -5,
                             .place = Place::attention_dropout,
                             .layer = 3,
                             .step = 70'000,
                             .example = 9,
                             .index = 2},
                            {.seed = std::int64_t{1} << 40,
                             .place = Place::classifier_dropout,
                             .example = 65'535,
                             .index = 65'535}};
  for_each_table([&](const auto& kernels) {
    for (const PhiloxRow& row : rows) {
      const std::vector<std::uint64_t> bits = bits_of(kernels, row, dropout, 40);
      const std::vector<float> mask = mask_of(row, 40 * 64);
      for (std::int64_t e = 0; e < 40 * 64; ++e) {
        ASSERT_EQ(is_kept(bits, e), mask[static_cast<std::size_t>(e)] != 0) << e;
        ASSERT_EQ(is_kept(bits, e), word_of(row, e) >= keep_threshold(dropout)) << e;
      }
    }
  });
}

TEST(KeepBits, KeepAllWithoutDropoutAndHardlyAnyNearOne) {
  for_each_table([](const auto& kernels) {
    const PhiloxRow row{.seed = 3, .place = Place::feed_forward_dropout};
    for (const std::uint64_t word : bits_of(kernels, row, 0, 20)) {
      EXPECT_EQ(word, ~std::uint64_t{0});
    }
    int kept = 0;
    for (const std::uint64_t word : bits_of(kernels, row, 0.999, 100)) {
      kept += std::popcount(word);
    }
    EXPECT_LT(kept, 30);  // of 6400, where 6 are expected
  });
}

TEST(Drop, MultipliesByCoresMask) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t n : widths) {
      const PhiloxRow row{.seed = n, .place = Place::embedding_dropout};
      const std::vector<std::uint64_t> bits = bits_of(kernels, row, dropout, n / 64 + 1);
      const std::vector<float> mask = mask_of(row, n);
      std::vector<Real> x = Numbers(n).normal<Real>(n);
      std::vector<Real> wanted = x;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i] *= static_cast<Real>(mask[i]);
      }

      std::vector<Real> out(x.size());
      kernels.drop(x.data(), bits.data(), keep_scale(dropout), n, out.data());
      EXPECT_TRUE(same_bits<Real>(out, wanted)) << n;
      kernels.drop(x.data(), bits.data(), keep_scale(dropout), n, x.data());
      EXPECT_TRUE(same_bits<Real>(x, wanted)) << n << ", in place";
    }
  });
}

TEST(Drop, LeavesNoNumberOfWhatIsNone) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const Real bad : {not_a_number<Real>, infinite<Real>, -infinite<Real>}) {
      std::vector<Real> x(70, bad);
      const std::vector<Real> residual(70, Real{1});
      const std::uint64_t none_kept[] = {0, 0};

      kernels.drop(x.data(), none_kept, 2, 70, x.data());
      EXPECT_TRUE(all_nan<Real>(x)) << "0 times " << bad;

      x.assign(70, bad);
      kernels.drop_and_add(x.data(), none_kept, 2, residual.data(), 70, x.data());
      EXPECT_TRUE(all_nan<Real>(x)) << "0 times " << bad;
    }
  });
}

TEST(DropAndAdd, AddsTheResidual) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t n : widths) {
      Numbers numbers(n);
      const std::vector<Real> x = numbers.normal<Real>(n);
      const std::vector<Real> residual = numbers.normal<Real>(n);
      const std::vector<std::uint64_t> bits = numbers.words(n / 64 + 1);
      std::vector<double> dropped(x.size());
      std::vector<double> plain(x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double factor = is_kept(bits, static_cast<std::int64_t>(i)) ? 2 : 0;
        dropped[i] = static_cast<double>(x[i]) * factor + static_cast<double>(residual[i]);
        plain[i] = static_cast<double>(x[i]) + static_cast<double>(residual[i]);
      }

      std::vector<Real> out = residual;
      kernels.drop_and_add(x.data(), bits.data(), 2, out.data(), n, out.data());
      EXPECT_LT(farthest<Real>(out, dropped), 10 * rounding<Real>) << n;
      kernels.drop_and_add(x.data(), nullptr, 2, residual.data(), n, out.data());
      EXPECT_LT(farthest<Real>(out, plain), 10 * rounding<Real>) << n;
    }
  });
}

/// A LayerNorm of one row, and its gradients, in double.
struct NormByLoops {
  template <class Real>
  NormByLoops(const std::vector<Real>& x,
              const std::vector<Real>& gain,
              const std::vector<Real>& shift,
              const std::vector<Real>& d_out,
              double eps)
      : normal(x.begin(), x.end()), out(x.size()), d_x(x.size()) {
    const auto n = static_cast<double>(x.size());
    const double mean = std::accumulate(normal.begin(), normal.end(), 0.0) / n;
    double variance = 0;
    for (double& number : normal) {
      number -= mean;
      variance += number * number / n;
    }
    inverse = 1 / std::sqrt(variance + eps);
    double d_mean = 0;
    double d_slope = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      normal[i] *= inverse;
      out[i] = normal[i] * static_cast<double>(gain[i]) + static_cast<double>(shift[i]);
      d_x[i] = static_cast<double>(d_out[i]) * static_cast<double>(gain[i]);
      d_mean += d_x[i] / n;
      d_slope += d_x[i] * normal[i] / n;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      d_x[i] = inverse * (d_x[i] - d_mean - normal[i] * d_slope);
    }
  }

  std::vector<double> normal;
  std::vector<double> out;
  std::vector<double> d_x;
  double inverse = 0;
};

TEST(Normalize, IsLayerNormAndItsGradient) {
  const double eps = 1e-5;
  for_each_table([&]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t n : widths) {
      SCOPED_TRACE(n);
      Numbers numbers(n);
      std::vector<Real> x = numbers.normal<Real>(n);
      x.front() += 3;  // so that the mean is not near 0
      const std::vector<Real> gain = numbers.normal<Real>(n);
      const std::vector<Real> shift = numbers.normal<Real>(n);
      std::vector<Real> d_out = numbers.normal<Real>(n);
      const NormByLoops wanted(x, gain, shift, d_out, eps);

      std::vector<Real> normal(x.size());
      std::vector<Real> out = x;
      const Real inverse = kernels.normalize(
          out.data(), gain.data(), shift.data(), Real(eps), n, normal.data(), out.data());
      kernels.normalize_backward(
          d_out.data(), normal.data(), gain.data(), inverse, n, d_out.data());

      // One element's deviation is 0 but for rounding, which 1 / sqrt(eps) then multiplies.
      const double allowed = 100 * rounding<Real> * (1 + wanted.inverse);
      EXPECT_LT(farthest<Real>(normal, wanted.normal), allowed);
      EXPECT_LT(farthest<Real>(out, wanted.out), allowed);
      EXPECT_LT(farthest<Real>(d_out, wanted.d_x), allowed * (1 + wanted.inverse));
      EXPECT_NEAR(inverse, wanted.inverse, allowed);
    }
  });
}

TEST(Normalize, NotANumberComesThrough) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t n : widths) {
      for (const Real bad : {not_a_number<Real>, infinite<Real>, -infinite<Real>}) {
        const std::vector<Real> ones(static_cast<std::size_t>(n), Real{1});
        std::vector<Real> x = Numbers(n).normal<Real>(n);
        x.back() = bad;
        std::vector<Real> normal(x.size());
        std::vector<Real> out(x.size());

        kernels.normalize(
            x.data(), ones.data(), ones.data(), Real(1e-5), n, normal.data(), out.data());
        EXPECT_TRUE(all_nan<Real>(out)) << bad << " among " << n;

        kernels.normalize_backward(x.data(), ones.data(), ones.data(), Real{1}, n, out.data());
        EXPECT_TRUE(std::ranges::none_of(out, [](Real number) { return std::isfinite(number); }))
            << bad << " among " << n << ", backward";
      }
    }
  });
}

TEST(Sums, AddElementByElement) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t n : widths) {
      SCOPED_TRACE(n);
      Numbers numbers(n);
      const std::vector<Real> x = numbers.whole<Real>(n);
      const std::vector<Real> y = numbers.whole<Real>(n);
      const std::vector<Real> before = numbers.whole<Real>(n);
      std::vector<Real> sum = before;
      std::vector<Real> plain = before;
      std::vector<Real> products = before;
      std::vector<Real> times(x.size());

      kernels.add_norm_gradients(x.data(), y.data(), n, products.data(), sum.data());
      kernels.add(x.data(), n, plain.data());
      kernels.multiply_by(x.data(), y.data(), n, times.data());

      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_EQ(products[i], before[i] + x[i] * y[i]) << i;
        EXPECT_EQ(sum[i], before[i] + x[i]) << i;
        EXPECT_EQ(plain[i], before[i] + x[i]) << i;
        EXPECT_EQ(times[i], x[i] * y[i]) << i;
      }
    }
  });
}

}  // namespace
}  // namespace tarama::packed::test
