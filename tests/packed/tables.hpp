// The kernels of every vector unit that this processor has, and made-up numbers for them.
#pragma once

#include "core/training/philox.hpp"
#include "tests/support/vector_units.hpp"
#include "tests/support/worse_of.hpp"
#include "worker/packed/kernels/kernel_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace tarama::packed::test {

/// work(table) with those of float64, then with each vector unit's that this processor has.
template <class Work>
void for_each_table(Work work) {
  {
    SCOPED_TRACE("float64");
    work(exact_kernels());
  }
  for (const char* const unit : vector_units) {
    if (const KernelTable<float>* const table = kernels_named(unit)) {
      SCOPED_TRACE(unit);
      work(*table);
    }
  }
}

template <class Real>
inline constexpr Real not_a_number = std::numeric_limits<Real>::quiet_NaN();
template <class Real>
inline constexpr Real infinite = std::numeric_limits<Real>::infinity();
template <class Real>
inline constexpr double rounding = std::numeric_limits<Real>::epsilon();

/// The same numbers for the same seed, wherever they are made.
class Numbers {
 public:
  explicit Numbers(std::int64_t seed) : random_({.seed = seed, .place = Place::fake_noise}) {}

  template <class Real>
  std::vector<Real> normal(std::int64_t count) {
    std::vector<Real> numbers(static_cast<std::size_t>(count));
    for (Real& number : numbers) {
      number = static_cast<Real>(random_.normal());
    }
    return numbers;
  }

  /// Whole ones of -8 .. 8: their products and sums are exact in whatever order they are made.
  template <class Real>
  std::vector<Real> whole(std::int64_t count) {
    std::vector<Real> numbers(static_cast<std::size_t>(count));
    for (Real& number : numbers) {
      number = static_cast<Real>(static_cast<std::int64_t>(random_.below(17)) - 8);
    }
    return numbers;
  }

  std::vector<std::uint64_t> words(std::int64_t count) {
    std::vector<std::uint64_t> numbers(static_cast<std::size_t>(count));
    for (std::uint64_t& number : numbers) {
      number = random_.next64();
    }
    return numbers;
  }

 private:
  PhiloxStream random_;
};

[[nodiscard]] inline bool is_kept(std::span<const std::uint64_t> words, std::int64_t element) {
  return ((words[static_cast<std::size_t>(element / 64)] >> (element % 64)) & 1U) != 0;
}

/// Bit for bit: 0 is not -0, and a NaN is itself.
template <class Real>
[[nodiscard]] bool same_bits(std::span<const Real> a, std::span<const Real> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// The largest |actual - expected|; NaN if one of them is.
template <class Real>
[[nodiscard]] double farthest(std::span<const Real> actual, std::span<const double> expected) {
  double farthest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double distance = std::abs(static_cast<double>(actual[i]) - expected[i]);
    farthest = tarama::test::worse_of(farthest, distance);
  }
  return farthest;
}

template <class Real>
[[nodiscard]] bool all_nan(std::span<const Real> numbers) {
  for (const Real number : numbers) {
    if (!std::isnan(number)) {
      return false;
    }
  }
  return true;
}

}  // namespace tarama::packed::test
