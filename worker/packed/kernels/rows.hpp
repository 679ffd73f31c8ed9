// What is done to rows of hidden states: dropout, residuals, LayerNorm, GELU.
#pragma once

#include "core/training/philox_lanes.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/kernels/math.hpp"
#include "worker/packed/kernels/vector.hpp"

namespace tarama::packed::TARAMA_UNIT {

/// What dropout multiplies by: `scale` where a bit is set, else 0; lane i by bit i. To be
/// multiplied by, not to choose by: what is not a number stays none.
template <class Real, int lanes>
TARAMA_INLINE Vector<Real, lanes> keep_factors(Real scale, std::uint32_t bits) {
  using I = Integers<Real, lanes>;
  using Integer = typename IntegerOf<Real>::type;
  I place;
  for (int i = 0; i < lanes; ++i) {
    place[i] = Integer{1} << i;
  }
  const I held = (static_cast<Integer>(bits) - I{}) & place;
  return held != 0 ? all<lanes>(scale) : Vector<Real, lanes>{};
}

/// `lanes` bits from bit `first` on; there is a word behind the last one that is asked for.
template <int lanes>
TARAMA_INLINE std::uint32_t bits_at(const std::uint64_t* words, std::int64_t first) {
  const std::int64_t word = first / 64;
  const auto shift = static_cast<unsigned>(first % 64);
  std::uint64_t bits = words[word] >> shift;
  if (shift > 64 - lanes) {
    bits |= words[word + 1] << (64 - shift);
  }
  return static_cast<std::uint32_t>(bits & ((std::uint64_t{1} << lanes) - 1));
}

/// Bit i is set if words[i] >= threshold; of sixteen.
TARAMA_INLINE std::uint32_t at_least(const std::uint32_t* words, std::uint32_t threshold) {
#if TARAMA_VECTOR_BYTES == 64
  return _mm512_cmpge_epu32_mask(_mm512_loadu_si512(words),
                                 _mm512_set1_epi32(static_cast<int>(threshold)));
#elif TARAMA_VECTOR_BYTES == 32
  std::uint32_t bits = 0;
  const __m256i least = _mm256_set1_epi32(static_cast<int>(threshold));
  for (int half = 0; half < 2; ++half) {
    const __m256i eight = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + 8 * half));
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_max_epu32(eight, least), eight);
    const int mask = _mm256_movemask_ps(_mm256_castsi256_ps(kept));
    bits |= static_cast<std::uint32_t>(mask) << (8 * half);
  }
  return bits;
#else
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < philox::lanes; ++i) {
    bits |= static_cast<std::uint32_t>(words[i] >= threshold) << i;
  }
  return bits;
#endif
}

inline void keep_bits(const philox::Start& row,
                      std::uint32_t threshold,
                      std::int64_t words,
                      std::uint64_t* kept) {
  philox::Start start = row;
  for (std::int64_t word = 0; word < words; ++word) {
    philox::Lanes state;
    philox::sixteen_blocks(start, state);
    std::uint64_t bits = 0;
    for (int part = 0; part < 4; ++part) {
      bits |= std::uint64_t{at_least(state.word[static_cast<std::size_t>(part)].data(), threshold)}
              << (16 * part);
    }
    kept[word] = bits;
    start.counter[0] += static_cast<std::uint32_t>(philox::lanes);
  }
}

template <class Real>
void drop(const Real* x, const std::uint64_t* kept, Real scale, std::int64_t n, Real* out) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto factors = keep_factors<Real, lanes>(scale, bits_at<lanes>(kept, i));
    store<lanes>(out + i, load<lanes>(x + i) * factors);
  });
}

template <class Real>
void drop_and_add(const Real* x,
                  const std::uint64_t* kept,
                  Real scale,
                  const Real* residual,
                  std::int64_t n,
                  Real* out) {
  if (kept == nullptr) {
    for_each<Real>(n, [&](auto width, std::int64_t i) {
      constexpr int lanes = decltype(width)::value;
      store<lanes>(out + i, load<lanes>(x + i) + load<lanes>(residual + i));
    });
    return;
  }
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto factors = keep_factors<Real, lanes>(scale, bits_at<lanes>(kept, i));
    store<lanes>(out + i, load<lanes>(x + i) * factors + load<lanes>(residual + i));
  });
}

template <class Real>
Real normalize(const Real* x,
               const Real* gain,
               const Real* shift,
               Real eps,
               std::int64_t n,
               Real* normal,
               Real* out) {
  const Real mean =
      sum_over<Real>(
          n, [&](auto width, std::int64_t i) { return load<decltype(width)::value>(x + i); }) /
      static_cast<Real>(n);
  const Real variance = sum_over<Real>(n,
                                       [&](auto width, std::int64_t i) {
                                         const auto distance =
                                             load<decltype(width)::value>(x + i) - mean;
                                         return distance * distance;
                                       }) /
                        static_cast<Real>(n);
  const Real inverse = Real{1} / std::sqrt(variance + eps);
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto even = (load<lanes>(x + i) - mean) * inverse;
    store<lanes>(normal + i, even);
    store<lanes>(out + i, even * load<lanes>(gain + i) + load<lanes>(shift + i));
  });
  return inverse;
}

template <class Real>
void normalize_backward(const Real* d_out,
                        const Real* normal,
                        const Real* gain,
                        Real inverse_deviation,
                        std::int64_t n,
                        Real* d_x) {
  const auto d_normal = [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    return load<lanes>(d_out + i) * load<lanes>(gain + i);
  };
  const Real mean = sum_over<Real>(n, d_normal) / static_cast<Real>(n);
  const Real slope = sum_over<Real>(n,
                                    [&](auto width, std::int64_t i) {
                                      constexpr int lanes = decltype(width)::value;
                                      return d_normal(width, i) * load<lanes>(normal + i);
                                    }) /
                     static_cast<Real>(n);
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto rest = d_normal(width, i) - mean - load<lanes>(normal + i) * slope;
    store<lanes>(d_x + i, rest * inverse_deviation);
  });
}

template <class Real>
void add_norm_gradients(
    const Real* d_out, const Real* normal, std::int64_t n, Real* sum_normal, Real* sum) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto d = load<lanes>(d_out + i);
    store<lanes>(sum_normal + i, load<lanes>(sum_normal + i) + d * load<lanes>(normal + i));
    store<lanes>(sum + i, load<lanes>(sum + i) + d);
  });
}

template <class Real>
void add(const Real* x, std::int64_t n, Real* sum) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    store<lanes>(sum + i, load<lanes>(sum + i) + load<lanes>(x + i));
  });
}

template <class Real>
void gelu(const Real* x, std::int64_t n, Real* out, Real* slope) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto at = load<lanes>(x + i);
    const auto normal = normal_at<lanes>(at, width);
    store<lanes>(slope + i, at * normal.density + normal.below);
    store<lanes>(out + i, at * normal.below);
  });
}

/// x times the logistic function of 2u, u = sqrt(2 / pi) (x + 0.044715 x^3): that is
/// (1 + tanh(u)) / 2, without what cancels in it far below 0.
template <class Real>
void gelu_tanh(const Real* x, std::int64_t n, Real* out, Real* slope) {
  constexpr auto scale = static_cast<Real>(2 * 0.79788456080286535588);
  constexpr auto cubic = static_cast<Real>(0.044715);
  constexpr auto largest = static_cast<Real>(87);  // where e^x is still a number
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto at = load<lanes>(x + i);
    const auto square = at * at;
    const auto exponent = -scale * at * (square * cubic + Real{1});
    const auto limit = all<lanes>(largest);
    const auto power = exp_of<lanes>(exponent > limit ? limit : exponent, width);
    const auto share = Real{1} / (power + Real{1});
    const auto inner = scale * (square * (3 * cubic) + Real{1});
    store<lanes>(slope + i, share + at * share * (Real{1} - share) * inner);
    store<lanes>(out + i, at * share);
  });
}

template <class Real>
void relu(const Real* x, std::int64_t n, Real* out, Real* slope) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    const auto at = load<lanes>(x + i);
    const auto zero = all<lanes>(Real{0});
    const auto one = all<lanes>(Real{1});
    store<lanes>(slope + i, at > zero ? one : zero);
    store<lanes>(out + i, at > zero ? at : zero);
  });
}

template <class Real>
void multiply_by(const Real* d_out, const Real* slope, std::int64_t n, Real* d_x) {
  for_each<Real>(n, [&](auto width, std::int64_t i) {
    constexpr int lanes = decltype(width)::value;
    store<lanes>(d_x + i, load<lanes>(d_out + i) * load<lanes>(slope + i));
  });
}

}  // namespace tarama::packed::TARAMA_UNIT
