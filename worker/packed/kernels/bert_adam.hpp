// BertAdam's update, all of it in one pass over a tensor.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/kernels/vector.hpp"

namespace tarama::packed::TARAMA_UNIT {

template <class V>
TARAMA_INLINE V root_of(V x) {
  for (std::size_t i = 0; i < sizeof(V) / sizeof(x[0]); ++i) {
    x[i] = std::sqrt(x[i]);
  }
  return x;
}

template <class Real>
double sum_of_squares(const Real* x, std::int64_t n) {
  // Blocks, so that no running sum becomes long.
  constexpr std::int64_t block = 4096;
  double sum = 0;
  for (std::int64_t first = 0; first < n; first += block) {
    sum += static_cast<double>(
        sum_over<Real>(smaller(block, n - first), [&](auto width, std::int64_t i) {
          const auto at = load<decltype(width)::value>(x + first + i);
          return at * at;
        }));
  }
  return sum;
}

// pytorch_pretrained_bert 0.6.2's own constants.
template <class Real>
inline constexpr Real b1 = static_cast<Real>(0.9);
template <class Real>
inline constexpr Real rest1 = static_cast<Real>(1 - 0.9);
template <class Real>
inline constexpr Real b2 = static_cast<Real>(0.999);
template <class Real>
inline constexpr Real rest2 = static_cast<Real>(1 - 0.999);
template <class Real>
inline constexpr Real e = static_cast<Real>(1e-6);

template <class Real>
void update(const UpdateRule<Real>& rule,
            const Real* gradient,
            std::int64_t n,
            Real* parameter,
            Real* next_m,
            Real* next_v) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    auto m = load<lanes>(next_m + i) * b1<Real>;
    auto v = load<lanes>(next_v + i) * b2<Real>;
    if (gradient != nullptr) {
      const auto g = load<lanes>(gradient + i) * rule.factor;
      m += g * rest1<Real>;
      v += g * g * rest2<Real>;
    }
    store<lanes>(next_m + i, m);
    store<lanes>(next_v + i, v);
    const auto p = load<lanes>(parameter + i);
    const auto change = m / (root_of(v) + e<Real>)+p * rule.weight_decay;
    store<lanes>(parameter + i, p - change * rule.lr);
  });
}

/// `update` with moments of 0: their quotient is added for the sake of -0, which becomes 0 there.
template <class V, class Real>
TARAMA_INLINE V decayed(V p, Real weight_decay, Real rate) {
  const V change = V{} + p * weight_decay;
  return p - change * rate;
}

template <class Real>
void decay(
    const Real* rates, std::int64_t updates, Real weight_decay, std::int64_t n, Real* parameter) {
  constexpr int lanes = lanes_of<Real>;
  // Four vectors at a time: each update waits for the one before.
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    Vector<Real, lanes> p[4];
    for (int j = 0; j < 4; ++j) {
      p[j] = load<lanes>(parameter + i + j * lanes);
    }
    for (std::int64_t t = 0; t < updates; ++t) {
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        p[j] = decayed(p[j], weight_decay, rates[t]);
      }
    }
    for (int j = 0; j < 4; ++j) {
      store<lanes>(parameter + i + j * lanes, p[j]);
    }
  }
  for (; i < n; ++i) {
    Vector<Real, 1> p = load<1>(parameter + i);
    for (std::int64_t t = 0; t < updates; ++t) {
      p = decayed(p, weight_decay, rates[t]);
    }
    store<1>(parameter + i, p);
  }
}

}  // namespace tarama::packed::TARAMA_UNIT
