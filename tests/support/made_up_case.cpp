// Made-up numbers by Philox.
#include "tests/support/made_up_case.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/philox.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tarama::test {
namespace {

constexpr std::int64_t vocab = 61;
constexpr std::int64_t classes_of_case = 3;

}  // namespace

std::string MadeUpCase::words() const {
  return fmt::format("{} layers of {}, {} heads, intermediate {}, lengths {}, dropout {}",
                     layers,
                     hidden,
                     heads,
                     intermediate,
                     lengths,
                     dropout);
}

ModelConfig MadeUpCase::config() const {
  return {.vocab_size = vocab,
          .hidden = hidden,
          .layers = layers,
          .heads = heads,
          .intermediate = intermediate,
          .max_positions = 80,
          .type_vocab_size = 2,
          .classes = classes_of_case,
          .layer_norm_eps = 1e-12,
          .initializer_range = 0.02,
          .norm = norm};
}

ModelWeights MadeUpCase::weights() const {
  ModelWeights weights = initial_weights(config(), seed);
  PhiloxStream random({.seed = seed, .place = Place::fake_noise});
  for (auto& [name, array] : weights) {
    for (float& value : array.values.edit()) {
      value = 2 * value + 0.02F * static_cast<float>(random.normal());
    }
  }
  return weights;
}

training::PackedBatch MadeUpCase::batch(std::int64_t number) const {
  training::PackedBatch batch;
  PhiloxStream random({.seed = seed, .place = Place::fake_noise, .step = number});
  for (std::size_t example = 0; example < lengths.size(); ++example) {
    const std::int32_t length = lengths[example];
    for (std::int32_t i = 0; i < length; ++i) {
      // Every tenth piece is 0, the padding, as a text may hold it.
      batch.ids.push_back(random.below(10) == 0 ? 0
                                                : static_cast<std::int32_t>(random.below(vocab)));
    }
    batch.offsets.push_back(static_cast<std::int32_t>(batch.ids.size()));
    batch.second_starts.push_back(example % 2 == 0 ? length : length / 2);
    batch.labels.push_back(static_cast<std::int32_t>(random.below(classes_of_case)));
  }
  return batch;
}

std::vector<std::int32_t> pieces_of(const training::PackedBatch& batch) {
  std::vector<std::int32_t> pieces = batch.ids;
  std::ranges::sort(pieces);
  pieces.erase(std::unique(pieces.begin(), pieces.end()), pieces.end());
  return pieces;
}

}  // namespace tarama::test
