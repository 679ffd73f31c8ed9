// exp and the normal distribution, over vectors of float; of double by the C library, element by
// element.
#pragma once

#include "worker/packed/kernels/vector.hpp"

namespace tarama::packed::TARAMA_UNIT {

/// c[0] + c[1] x + ... by Horner's rule.
template <class V, int terms>
TARAMA_INLINE V polynomial(const float (&c)[terms], V x) {
  V sum = V{} + c[terms - 1];
#pragma GCC unroll 16
  for (int i = terms - 2; i >= 0; --i) {
    sum = sum * x + c[i];
  }
  return sum;
}

/// e^x within 1.5 units in the last place; 0 below -87.3, for arguments up to 88.
template <int lanes>
TARAMA_INLINE Vector<float, lanes> exp_of(Vector<float, lanes> x, Width<lanes> /*width*/) {
  // x = n ln 2 + r with |r| <= ln(2) / 2. Adding and taking away 1.5 * 2^23 rounds to a whole
  // number. ln 2 in two parts, of which the first times n is exact. The polynomial is
  // (e^r - 1 - r) / r^2, the best one of its degree over that range (relative error 7.5e-9).
  constexpr float terms[] = {0.5F,
                             0.16666577756404877F,
                             0.04166685417294502F,
                             0.008363146334886551F,
                             0.0013901287456974387F};
  constexpr float lowest = -87.33654F;
  constexpr float round = 12582912.0F;
  const auto is_tiny = x < lowest;
  const Vector<float, lanes> shifted = x * 1.44269504F + round;
  const Vector<float, lanes> n = shifted - round;
  const Vector<float, lanes> r = (x - n * 0.693359375F) - n * -2.12194440e-4F;
  const Vector<float, lanes> part = polynomial(terms, r) * r * r + r + 1.0F;
  Integers<float, lanes> bits;
  __builtin_memcpy(&bits, &shifted, sizeof(bits));
  const Integers<float, lanes> exponent = (bits + (127 - 0x4B400000)) << 23;
  Vector<float, lanes> power;
  __builtin_memcpy(&power, &exponent, sizeof(power));
  return is_tiny ? Vector<float, lanes>{} : part * power;
}

template <int lanes>
TARAMA_INLINE Vector<double, lanes> exp_of(Vector<double, lanes> x, Width<lanes> /*width*/) {
  for (int i = 0; i < lanes; ++i) {
    x[i] = std::exp(x[i]);
  }
  return x;
}

/// The standard normal distribution.
template <class V>
struct Normal {
  V density;
  V below;  // the probability of a smaller number
};

/// Within one unit in the last place of 1. In the lower tail relatively within 1e-6 down to -5 and
/// within 5e-6 down to -13, where the rounding of x^2 / 2 is the exponential's relative error.
template <int lanes>
TARAMA_INLINE Normal<Vector<float, lanes>> normal_at(Vector<float, lanes> x, Width<lanes> width) {
  using V = Vector<float, lanes>;
  // Up to 1: (below(u) - 1/2) / u as a polynomial in u^2 (7e-10 relative). From 0.9 on:
  // below(-u) exp(u^2 / 2) as one in t = 1 / (1 + 0.3 u) (1.3e-8 relative up to 14, where the
  // density is no longer a normal number).
  constexpr float near[] = {0.3989422917366028F,
                            -0.06649035960435867F,
                            0.009973322972655296F,
                            -0.0011863299878314137F,
                            0.00011348637053743005F,
                            -7.65420827519847e-06F};
  constexpr float far[] = {9.755741302797105e-06F,
                           0.11944149434566498F,
                           0.12225225567817688F,
                           0.09346061944961548F,
                           0.14492976665496826F,
                           -0.0786440297961235F,
                           0.22858090698719025F,
                           -0.16766218841075897F,
                           0.03762240707874298F};
  const V u = x < 0.0F ? -x : x;
  const V square = x * x;
  const V bell = exp_of<lanes>(square * -0.5F, width);
  const V middle = polynomial(near, square) * x + 0.5F;
  const V t = 1.0F / (u * 0.3F + 1.0F);
  const V tail = polynomial(far, t) * bell;
  const V outside = x < 0.0F ? tail : 1.0F - tail;
  return {.density = bell * 0.3989422804014327F, .below = u < 1.0F ? middle : outside};
}

template <int lanes>
TARAMA_INLINE Normal<Vector<double, lanes>> normal_at(Vector<double, lanes> x,
                                                      Width<lanes> /*width*/) {
  Normal<Vector<double, lanes>> normal;
  for (int i = 0; i < lanes; ++i) {
    normal.density[i] = std::exp(-0.5 * x[i] * x[i]) * 0.3989422804014326779;
    normal.below[i] = 0.5 * std::erfc(x[i] * -0.70710678118654752440);
  }
  return normal;
}

}  // namespace tarama::packed::TARAMA_UNIT
