// Products of matrices of every vector unit against plain loops. The factors are whole numbers,
// so that every order of summation gives the same bits, and nothing has to be tolerated.
#include "tests/packed/tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <utility>
#include <vector>

namespace tarama::packed::test {
namespace {

enum class Lie { by_rows, by_columns };  // how a matrix lies in memory

struct Shape {
  std::int64_t m = 1;
  std::int64_t n = 1;
  std::int64_t k = 1;
  Lie a = Lie::by_rows;
  Lie b = Lie::by_rows;
  bool has_bias = false;
  bool adds_to_c = false;
};

// Between the rows of a matrix, so that strides are no widths.
constexpr std::int64_t gap = 3;

/// Of `rows` x `columns`; `values` holds `stored(rows, columns, lie)`.
template <class Real>
Strided<Real> strided(const Real* values, std::int64_t rows, std::int64_t columns, Lie lie) {
  return lie == Lie::by_rows ? Strided<Real>{values, columns + gap, 1}
                             : Strided<Real>{values, 1, rows + gap};
}

std::int64_t stored(std::int64_t rows, std::int64_t columns, Lie lie) {
  return lie == Lie::by_rows ? rows * (columns + gap) : columns * (rows + gap);
}

template <class Real>
Real at(const Strided<Real>& matrix, std::int64_t row, std::int64_t column) {
  return matrix.values[row * matrix.row_stride + column * matrix.column_stride];
}

/// Not to be copied: the views are of its own arrays, which only moving keeps where they are.
template <class Real>
struct Factors {
  Factors(Factors&&) = default;

  explicit Factors(const Shape& its_shape)
      : shape(its_shape),
        a_values(numbers.whole<Real>(stored(shape.m, shape.k, shape.a))),
        b_values(numbers.whole<Real>(stored(shape.k, shape.n, shape.b))),
        bias(numbers.whole<Real>(shape.n)),
        c(numbers.whole<Real>(shape.m * (shape.n + gap))),
        a(strided(a_values.data(), shape.m, shape.k, shape.a)),
        b(strided(b_values.data(), shape.k, shape.n, shape.b)) {}

  Shape shape;
  Numbers numbers{1};
  std::vector<Real> a_values;
  std::vector<Real> b_values;
  std::vector<Real> bias;
  std::vector<Real> c;  // with gaps, which are not to be written
  Strided<Real> a;
  Strided<Real> b;
};

template <class Real>
std::vector<Real> packed_factor(const KernelTable<Real>& kernels, const Factors<Real>& factors) {
  const Shape& shape = factors.shape;
  std::vector<Real> packed(static_cast<std::size_t>(kernels.packed_elements(shape.k, shape.n)) + 1,
                           Real{77});
  kernels.pack(factors.b, shape.k, shape.n, packed.data());
  EXPECT_EQ(packed.back(), 77) << "nothing is written behind packed_elements";
  packed.pop_back();
  return packed;
}

template <class Real>
std::vector<Real> product_by_kernel(const KernelTable<Real>& kernels, Factors<Real> factors) {
  const Shape& shape = factors.shape;
  const std::vector<Real> packed = packed_factor(kernels, factors);
  kernels.multiply({.m = shape.m,
                    .n = shape.n,
                    .k = shape.k,
                    .a = factors.a,
                    .b = packed.data(),
                    .c = factors.c.data(),
                    .c_stride = shape.n + gap,
                    .bias = shape.has_bias ? factors.bias.data() : nullptr,
                    .adds_to_c = shape.adds_to_c});
  return factors.c;
}

template <class Real>
std::vector<Real> product_by_loops(const Factors<Real>& factors) {
  const Shape& shape = factors.shape;
  std::vector<Real> c = factors.c;
  for (std::int64_t i = 0; i < shape.m; ++i) {
    for (std::int64_t j = 0; j < shape.n; ++j) {
      Real& element = c[static_cast<std::size_t>(i * (shape.n + gap) + j)];
      Real sum = shape.adds_to_c ? element : Real{0};
      sum += shape.has_bias ? factors.bias[static_cast<std::size_t>(j)] : Real{0};
      for (std::int64_t p = 0; p < shape.k; ++p) {
        sum += at(factors.a, i, p) * at(factors.b, p, j);
      }
      element = sum;
    }
  }
  return c;
}

template <class Real>
bool is_exact(const KernelTable<Real>& kernels, const Shape& shape) {
  return product_by_kernel(kernels, Factors<Real>(shape)) == product_by_loops(Factors<Real>(shape));
}

TEST(Products, EveryNumberOfRowsAndColumnsIsExact) {
  for_each_table([](const auto& kernels) {
    for (std::int64_t m = 1; m <= 14; ++m) {
      for (const std::int64_t n : {1, 2, 3, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 130}) {
        for (const bool flag : {false, true}) {
          const Shape shape{.m = m, .n = n, .k = 5, .has_bias = flag, .adds_to_c = !flag};
          EXPECT_TRUE(is_exact(kernels, shape)) << m << " x " << n;
        }
      }
    }
  });
}

TEST(Products, SumsLongerThanABlockOfBAreExact) {
  for_each_table([](const auto& kernels) {
    for (const std::int64_t k : {511, 512, 513, 1024, 1025, 1537}) {
      for (const Lie lie : {Lie::by_rows, Lie::by_columns}) {
        for (const bool adds : {false, true}) {
          const Shape shape{
              .m = 7, .n = 70, .k = k, .a = lie, .b = lie, .has_bias = true, .adds_to_c = adds};
          EXPECT_TRUE(is_exact(kernels, shape)) << k << (adds ? ", added" : "");
        }
      }
    }
  });
}

RC_GTEST_PROP(Products, OfAnyShapeAreExact, ()) {
  const Shape shape{.m = *rc::gen::inRange<std::int64_t>(1, 40),
                    .n = *rc::gen::inRange<std::int64_t>(1, 200),
                    .k = *rc::gen::inRange<std::int64_t>(1, 100),
                    .a = *rc::gen::element(Lie::by_rows, Lie::by_columns),
                    .b = *rc::gen::element(Lie::by_rows, Lie::by_columns),
                    .has_bias = *rc::gen::arbitrary<bool>(),
                    .adds_to_c = *rc::gen::arbitrary<bool>()};
  for_each_table([&](const auto& kernels) { RC_ASSERT(is_exact(kernels, shape)); });
}

RC_GTEST_PROP(Products, AFactorIsPackedAlikeHoweverItLies, ()) {
  const auto k = *rc::gen::inRange<std::int64_t>(1, 100);
  const auto n = *rc::gen::inRange<std::int64_t>(1, 200);
  for_each_table([&]<class Real>(const KernelTable<Real>& kernels) {
    Factors<Real> rows({.n = n, .k = k, .b = Lie::by_rows});
    Factors<Real> columns({.n = n, .k = k, .b = Lie::by_columns});
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t j = 0; j < n; ++j) {
        columns.b_values[static_cast<std::size_t>(j * (k + gap) + p)] = at(rows.b, p, j);
      }
    }
    RC_ASSERT(packed_factor(kernels, rows) == packed_factor(kernels, columns));
  });
}

TEST(Products, RoundAsSumsOfTheirLengthDo) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    const Shape shape{.m = 13, .n = 70, .k = 1100};
    Factors<Real> factors(shape);
    Factors<double> exact(shape);
    Numbers numbers(2);
    factors.a_values = numbers.normal<Real>(std::ssize(factors.a_values));
    factors.b_values = numbers.normal<Real>(std::ssize(factors.b_values));
    factors.a.values = factors.a_values.data();
    factors.b.values = factors.b_values.data();
    std::ranges::copy(factors.a_values, exact.a_values.begin());
    std::ranges::copy(factors.b_values, exact.b_values.begin());
    exact.c.assign(factors.c.begin(), factors.c.end());

    const std::vector<double> wanted = product_by_loops(exact);
    const std::vector<Real> product = product_by_kernel<Real>(kernels, std::move(factors));

    // A sum of k products of size 1 rounds by some sqrt(k) halves of its own last place, and is
    // some sqrt(k) itself; tenfold.
    EXPECT_LT(farthest<Real>(product, wanted), 10 * rounding<Real> * static_cast<double>(shape.k));
  });
}

TEST(Products, NotANumberComesThroughInItsRowAndItsColumn) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    Factors<Real> factors({.m = 8, .n = 70, .k = 20});
    factors.a_values[static_cast<std::size_t>(2 * (20 + gap) + 7)] = not_a_number<Real>;
    factors.b_values[static_cast<std::size_t>(3 * (70 + gap) + 69)] = infinite<Real>;
    factors.a_values[static_cast<std::size_t>(5 * (20 + gap) + 3)] = 0;  // 0 times infinity
    factors.a.values = factors.a_values.data();

    const std::vector<Real> c = product_by_kernel<Real>(kernels, std::move(factors));

    for (std::int64_t j = 0; j < 70; ++j) {
      EXPECT_TRUE(std::isnan(c[static_cast<std::size_t>(2 * (70 + gap) + j)])) << j;
      EXPECT_FALSE(j < 69 && !std::isfinite(c[static_cast<std::size_t>(5 * (70 + gap) + j)]));
    }
    EXPECT_TRUE(std::isnan(c[static_cast<std::size_t>(5 * (70 + gap) + 69)]));
  });
}

}  // namespace
}  // namespace tarama::packed::test
