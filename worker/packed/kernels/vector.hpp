// Vectors of a processor, by GCC's vector extensions. Included by one unit per processor, which
// names its namespace and its lanes first (unit.hpp says how); so nothing here is shared by units
// that are compiled for different ones.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#if !defined(TARAMA_UNIT) || !defined(TARAMA_VECTOR_BYTES)
#error "included by avx512.cpp, avx2.cpp and portable.cpp alone"
#endif

#define TARAMA_INLINE [[gnu::always_inline]] inline

namespace tarama::packed::TARAMA_UNIT {

template <class Real>
inline constexpr int lanes_of = TARAMA_VECTOR_BYTES / static_cast<int>(sizeof(Real));

template <class Real>
struct IntegerOf;

template <>
struct IntegerOf<float> {
  using type = std::int32_t;
};

template <>
struct IntegerOf<double> {
  using type = std::int64_t;
};

template <class Real, int lanes>
struct VectorOf {
  using Integer = typename IntegerOf<Real>::type;
  typedef Real type __attribute__((vector_size(lanes * sizeof(Real))));
  typedef Integer integers __attribute__((vector_size(lanes * sizeof(Real))));
};

template <class Real, int lanes>
using Vector = typename VectorOf<Real, lanes>::type;
template <class Real, int lanes>
using Integers = typename VectorOf<Real, lanes>::integers;

template <int lanes, class Real>
TARAMA_INLINE Vector<Real, lanes> load(const Real* from) {
  Vector<Real, lanes> vector;
  __builtin_memcpy(&vector, from, sizeof(vector));
  return vector;
}

template <int lanes, class Real>
TARAMA_INLINE void store(Real* to, const Vector<Real, lanes>& vector) {
  __builtin_memcpy(to, &vector, sizeof(vector));
}

/// The number in every lane.
template <int lanes, class Real>
TARAMA_INLINE Vector<Real, lanes> all(Real number) {
  return number - Vector<Real, lanes>{};
}

template <class Real, int lanes>
TARAMA_INLINE Real sum_of(Vector<Real, lanes> vector) {
  // Halves onto halves, the same tree on every compiler.
  Real parts[lanes];
  __builtin_memcpy(parts, &vector, sizeof(vector));
  for (int half = lanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) {
      parts[i] += parts[i + half];
    }
  }
  return parts[0];
}

template <class Real, int lanes>
TARAMA_INLINE Real largest_of(Vector<Real, lanes> vector) {
  Real largest = vector[0];
  for (int i = 1; i < lanes; ++i) {
    largest = vector[i] > largest ? vector[i] : largest;
  }
  return largest;
}

// Of our own, so that no function of the library is compiled for one processor alone.
TARAMA_INLINE constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) {
  return a < b ? a : b;
}

template <class Real>
inline constexpr Real infinity = std::numeric_limits<Real>::infinity();

template <int lanes>
struct Width {
  static constexpr int value = lanes;
};

/// work(Width, i) for every vector of 0 .. n - 1, then for every element behind the last one.
template <class Real, class Work>
TARAMA_INLINE void for_each(std::int64_t n, Work work) {
  constexpr int lanes = lanes_of<Real>;
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    work(Width<lanes>{}, i);
  }
  for (; i < n; ++i) {
    work(Width<1>{}, i);
  }
}

/// The sum of term(Width, i) over all elements, by four running sums so that none waits for
/// another.
template <class Real, class Term>
TARAMA_INLINE Real sum_over(std::int64_t n, Term term) {
  constexpr int lanes = lanes_of<Real>;
  Vector<Real, lanes> sums[4] = {};
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    for (int j = 0; j < 4; ++j) {
      sums[j] += term(Width<lanes>{}, i + j * lanes);
    }
  }
  for (; i + lanes <= n; i += lanes) {
    sums[0] += term(Width<lanes>{}, i);
  }
  Real sum = sum_of<Real, lanes>((sums[0] + sums[1]) + (sums[2] + sums[3]));
  for (; i < n; ++i) {
    sum += term(Width<1>{}, i)[0];
  }
  return sum;
}

}  // namespace tarama::packed::TARAMA_UNIT
