// Sixteen blocks of Philox side by side, to be inlined into code that is compiled for a
// processor's vectors. Integer arithmetic: the words do not depend on which.
#pragma once

#include "core/training/philox.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tarama::philox {

inline constexpr int rounds = 10;
inline constexpr std::uint32_t multiplier_0 = 0xD2511F53;
inline constexpr std::uint32_t multiplier_1 = 0xCD9E8D57;
inline constexpr std::uint32_t weyl_0 = 0x9E3779B9;  // the golden ratio
inline constexpr std::uint32_t weyl_1 = 0xBB67AE85;  // sqrt(3) - 1

inline constexpr std::size_t lanes = 16;  // blocks side by side: a 512-bit register of words

/// word[w][i] is word w of block i.
struct Lanes {
  std::array<std::array<std::uint32_t, lanes>, 4> word;
};

/// Where sixteen blocks begin: the words of a counter and of a key.
struct Start {
  std::uint32_t counter[4];
  std::uint32_t key[2];
};

/// Of a row's elements from 0 on.
[[nodiscard]] Start start_of(const PhiloxRow& row);

/// The blocks counter[0] .. counter[0] + 15.
[[gnu::always_inline]] inline void sixteen_blocks(const Start& start, Lanes& state) {
  std::uint32_t key_0 = start.key[0];
  std::uint32_t key_1 = start.key[1];
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    state.word[0][lane] = start.counter[0] + static_cast<std::uint32_t>(lane);
    state.word[1][lane] = start.counter[1];
    state.word[2][lane] = start.counter[2];
    state.word[3][lane] = start.counter[3];
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::uint64_t product_0 = std::uint64_t{multiplier_0} * state.word[0][lane];
      const std::uint64_t product_1 = std::uint64_t{multiplier_1} * state.word[2][lane];
      const auto high_0 = static_cast<std::uint32_t>(product_0 >> 32);
      const auto high_1 = static_cast<std::uint32_t>(product_1 >> 32);
      state.word[0][lane] = high_1 ^ state.word[1][lane] ^ key_0;
      state.word[1][lane] = static_cast<std::uint32_t>(product_1);
      state.word[2][lane] = high_0 ^ state.word[3][lane] ^ key_1;
      state.word[3][lane] = static_cast<std::uint32_t>(product_0);
    }
    key_0 += weyl_0;
    key_1 += weyl_1;
  }
}

}  // namespace tarama::philox
