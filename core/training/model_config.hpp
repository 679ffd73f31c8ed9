// The dimensions of a BERT sequence classifier and its weights as named arrays: what a model
// folder holds, without the folder. What the arrays are: architecture.hpp.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "core/training/shared_array.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tarama {

/// Between the two halves of a layer's feed-forward part. gelu is exact; gelu_tanh is what
/// `transformers` calls gelu_new and gelu_pytorch_tanh, which are the same numbers.
enum class Activation { gelu, gelu_tanh, relu };

/// As `config.json` says, by the same names where ours differ only in brevity.
struct ModelConfig {
  std::int64_t vocab_size = 0;
  std::int64_t hidden = 0;  // a multiple of heads
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t intermediate = 0;
  std::int64_t max_positions = 512;
  std::int64_t type_vocab_size = 2;
  std::int64_t classes = 0;
  std::int64_t padding_piece = 0;  // id of [PAD]; its embedding has no gradient
  double layer_norm_eps = 1e-12;
  double initializer_range = 0.02;
  Norm norm = Norm::post;  // pre: MegatronBertForSequenceClassification
  Activation activation = Activation::gelu;

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

struct NamedArray {
  std::vector<std::int64_t> shape;
  SharedArray<float> values;  // row-major

  friend bool operator==(const NamedArray&, const NamedArray&) = default;
};

/// By the names that `transformers` gives the parameters of a sequence classifier:
/// "bert.embeddings.word_embeddings.weight", ..., "classifier.bias". From a file without the
/// prefix "bert." the prefix is added. Pooler and classifier may be missing: then they are
/// initialised from the seed.
using ModelWeights = std::map<std::string, NamedArray>;

}  // namespace tarama
