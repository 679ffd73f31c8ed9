// The ten rounds of Philox4x32, and masks made of many counters at once.
#include "core/training/philox.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/philox_lanes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

// The same loop compiled for the vector units of several processors, the best one taken at
// start. Integer arithmetic: the bits do not depend on which. Sanitizers run before the loader
// has resolved such functions, so they get the plain one.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TARAMA_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TARAMA_VECTOR_CLONES
#endif

namespace tarama {

namespace {

using philox::multiplier_0;
using philox::multiplier_1;
using philox::rounds;
using philox::weyl_0;
using philox::weyl_1;

constexpr std::size_t lanes = philox::lanes;
constexpr std::size_t elements_per_group = 4 * lanes;
constexpr double two_to_32 = 4294967296.0;

std::uint32_t high(std::uint64_t product) {
  return static_cast<std::uint32_t>(product >> 32);
}

std::uint32_t low(std::uint64_t product) {
  return static_cast<std::uint32_t>(product);
}

/// `groups` whole groups of 64 elements.
TARAMA_VECTOR_CLONES void fill_groups(
    philox::Start start, std::uint32_t threshold, float scale, float* mask, std::size_t groups) {
  for (std::size_t group = 0; group < groups; ++group) {
    philox::Lanes state;
    philox::sixteen_blocks(start, state);
    for (std::size_t word = 0; word < 4; ++word) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        mask[word * lanes + lane] = state.word[word][lane] >= threshold ? scale : 0.0F;
      }
    }
    start.counter[0] += static_cast<std::uint32_t>(lanes);
    mask += elements_per_group;
  }
}

std::uint32_t checked(std::int64_t coordinate, std::int64_t limit) {
  TARAMA_ASSERT(coordinate >= 0 && coordinate < limit,
                "a coordinate past its bits would repeat the numbers of another place");
  return static_cast<std::uint32_t>(coordinate);
}

}  // namespace

PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t product_0 = std::uint64_t{multiplier_0} * counter[0];
    const std::uint64_t product_1 = std::uint64_t{multiplier_1} * counter[2];
    counter = {high(product_1) ^ counter[1] ^ key[0],
               low(product_1),
               high(product_0) ^ counter[3] ^ key[1],
               low(product_0)};
    key[0] += weyl_0;
    key[1] += weyl_1;
  }
  return counter;
}

PhiloxKey key_of(std::int64_t seed) {
  const auto bits = static_cast<std::uint64_t>(seed);
  return {low(bits), high(bits)};
}

PhiloxCounter counter_of(const PhiloxRow& row, std::uint32_t block) {
  constexpr std::int64_t half = std::int64_t{1} << 16;
  constexpr std::int64_t whole = std::int64_t{1} << 32;
  return {block,
          checked(row.example, half) << 16 | checked(row.index, half),
          checked(row.step, whole),
          static_cast<std::uint32_t>(row.place) << 16 | checked(row.layer, half)};
}

std::uint32_t word_of(const PhiloxRow& row, std::int64_t element) {
  const std::int64_t block = 16 * (element / 64) + element % 16;
  const auto word = static_cast<std::size_t>((element / 16) % 4);
  return philox4x32(counter_of(row, checked(block, std::int64_t{1} << 32)), key_of(row.seed))[word];
}

std::uint32_t keep_threshold(double dropout) {
  TARAMA_ASSERT(dropout >= 0 && dropout < 1, "the sweep file's check keeps dropout in [0, 1)");
  return static_cast<std::uint32_t>(std::min(std::round(dropout * two_to_32), two_to_32 - 1));
}

float keep_scale(double dropout) {
  return static_cast<float>(1.0 / (1.0 - dropout));
}

philox::Start philox::start_of(const PhiloxRow& row) {
  const PhiloxCounter counter = counter_of(row, 0);
  const PhiloxKey key = key_of(row.seed);
  return {{counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]}};
}

void fill_dropout_mask(const PhiloxRow& row, double dropout, std::span<float> mask) {
  const std::uint32_t threshold = keep_threshold(dropout);
  const float scale = keep_scale(dropout);
  philox::Start start = philox::start_of(row);
  const std::size_t groups = mask.size() / elements_per_group;
  fill_groups(start, threshold, scale, mask.data(), groups);

  const std::span<float> rest = mask.subspan(groups * elements_per_group);
  if (!rest.empty()) {
    std::array<float, elements_per_group> last;
    start.counter[0] = static_cast<std::uint32_t>(groups * lanes);
    fill_groups(start, threshold, scale, last.data(), 1);
    std::copy_n(last.begin(), rest.size(), rest.begin());
  }
}

std::uint32_t PhiloxStream::next32() {
  if (used_ == words_.size()) {
    words_ = philox4x32(counter_of(row_, block_++), key_of(row_.seed));
    used_ = 0;
  }
  return words_[used_++];
}

std::uint64_t PhiloxStream::next64() {
  const std::uint64_t first = next32();
  return std::uint64_t{next32()} << 32 | first;
}

std::uint64_t PhiloxStream::below(std::uint64_t bound) {
  TARAMA_ASSERT(bound >= 1, "there is no number below 0");
  // 2^64 mod bound: the words below it would make the small remainders likelier.
  const std::uint64_t rejected = (0 - bound) % bound;
  std::uint64_t word = next64();
  while (word < rejected) {
    word = next64();
  }
  return word % bound;
}

double PhiloxStream::uniform() {
  return (static_cast<double>(next64() >> 11) + 0.5) * 0x1p-53;
}

double PhiloxStream::normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

}  // namespace tarama
