// Random numbers by counter (Philox4x32-10 of Random123): a number depends on its place in the
// training and on nothing that was drawn before, so that masks, shuffles and initial weights are
// the same whatever the layout of the batch, the device, or the order of the work.
//
// Key: the run's seed, low 32 bits in key[0], high 32 in key[1]. Counter:
//   [0] block of elements (below)
//   [1] example << 16 | index
//   [2] step (for the shuffle: the epoch; for initial weights: 0)
//   [3] place << 16 | layer
// Elements: block b gives four words; element e of a row is word (e / 16) % 4 of block
// 16 * (e / 64) + e % 16. So 16 blocks side by side fill 64 elements in order, which is how a
// vector unit computes them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tarama {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Ten rounds; equal to Random123's philox4x32.
[[nodiscard]] PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key);

/// What random numbers are drawn for. The values are part of every run's numbers: never change
/// or reuse one.
enum class Place : std::uint32_t {
  shuffle = 1,                   // step: epoch from 1; example, index, layer: 0
  split = 2,                     // of `eval: 0.1`; by the sweep's seed; all else 0
  initial_weights = 3,           // layer, step: 0; see initial_weights.hpp
  embedding_dropout = 4,         // index: token position; element: of the hidden row
  attention_dropout = 5,         // of probabilities; index: head; element: query * n + key, n the
                                 // example's own number of tokens
  attention_output_dropout = 6,  // index: token position; element: of the hidden row
  feed_forward_dropout = 7,      // after the second matrix; as attention_output_dropout
  classifier_dropout = 8,        // index: 0; element: of the pooled row
  fake_noise = 9,                // the scripted trainer's scores
  resampled_examples = 10,       // of the bootstrap; step: number of the resample
  resampled_seeds = 11,          // the same of runs
  drawn_levels = 12,             // of random search; step: number of the draw
  scrambled_points = 13,         // of Sobol's points; step: axis
  handout_order = 20,            // of `order: random`; step: level; index, example: replicate
};

/// One row of elements. `example` counts within the batch, in the batch's order.
struct PhiloxRow {
  std::int64_t seed = 0;
  Place place = Place::shuffle;
  std::int64_t layer = 0;    // encoder layer from 0; below 2^16
  std::int64_t step = 0;     // optimizer step from 0; below 2^32
  std::int64_t example = 0;  // below 2^16
  std::int64_t index = 0;    // token position or head; below 2^16

  friend bool operator==(const PhiloxRow&, const PhiloxRow&) = default;
};

[[nodiscard]] PhiloxKey key_of(std::int64_t seed);
/// The counter of a row's block; fails an assertion if a coordinate is out of its range.
[[nodiscard]] PhiloxCounter counter_of(const PhiloxRow& row, std::uint32_t block);

/// The random word of one element of a row, as the layout above says. The slow way; tests and
/// other implementations are held against it.
[[nodiscard]] std::uint32_t word_of(const PhiloxRow& row, std::int64_t element);

/// A word is kept if it is at least this: round(dropout * 2^32). `dropout` is in [0, 1).
[[nodiscard]] std::uint32_t keep_threshold(double dropout);

/// What a kept element is multiplied by: 1 / (1 - dropout).
[[nodiscard]] float keep_scale(double dropout);

/// Inverted dropout's factors of elements 0 .. mask.size()-1 of a row: 0, or keep_scale. Equal
/// bits on every machine: integer arithmetic, vectorised where the processor allows.
void fill_dropout_mask(const PhiloxRow& row, double dropout, std::span<float> mask);

/// Numbers one after the other from the blocks 0, 1, 2, ... of a row, words in order: for
/// shuffles and the like, where there is no element to name.
class PhiloxStream {
 public:
  explicit PhiloxStream(const PhiloxRow& row) : row_(row) {}

  [[nodiscard]] std::uint32_t next32();
  /// Two words, the first one low.
  [[nodiscard]] std::uint64_t next64();
  /// Uniform in 0 .. bound-1, without bias; bound >= 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Uniform in (0, 1): the middle of one of 2^53 equal parts.
  [[nodiscard]] double uniform();
  /// Standard normal, by Box-Muller in double; pairs come from one radius.
  [[nodiscard]] double normal();

 private:
  PhiloxRow row_;
  std::uint32_t block_ = 0;
  std::uint32_t used_ = 4;  // words of words_ that were given out
  PhiloxCounter words_{};
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

}  // namespace tarama
