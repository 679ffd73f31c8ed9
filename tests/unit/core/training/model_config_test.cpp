// Names and shapes against those of real folders.
#include "core/training/model_config.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/training_cost.hpp"
#include "tests/support/reference_vectors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <map>
#include <string>
#include <vector>

namespace tarama {
namespace {

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

ModelConfig tiny(Norm norm) {
  ModelConfig config;
  config.vocab_size = 1000;
  config.hidden = 32;
  config.layers = 2;
  config.heads = 2;
  config.intermediate = 128;
  config.max_positions = 64;
  config.classes = 3;
  config.norm = norm;
  return config;
}

Shapes shapes_of(const ModelConfig& config) {
  Shapes shapes;
  for (const ParameterShape& parameter : parameter_shapes(config)) {
    shapes.emplace(parameter.name, parameter.shape);
  }
  return shapes;
}

/// What `transformers` wrote: the header of a safetensors file is JSON behind its length.
Shapes shapes_in_file(const std::string& name) {
  const std::string bytes =
      test::read_maybe_gzip(test::reference_folder() / "model_parity" / name / "model.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const nlohmann::json header = nlohmann::json::parse(bytes.substr(8, length));
  Shapes shapes;
  for (const auto& [key, value] : header.items()) {
    if (key != "__metadata__") {
      shapes.emplace(key, value.at("shape").get<std::vector<std::int64_t>>());
    }
  }
  return shapes;
}

TEST(ModelConfig, NamesParametersAsBertForSequenceClassification) {
  EXPECT_EQ(shapes_of(tiny(Norm::post)), shapes_in_file("tiny_post"));
}

TEST(ModelConfig, NamesParametersAsMegatronBertForSequenceClassification) {
  EXPECT_EQ(shapes_of(tiny(Norm::pre)), shapes_in_file("tiny_pre"));
}

TEST(InitialWeights, AreNormalForMatricesOneForScalesZeroForBiases) {
  const ModelWeights weights = initial_weights(tiny(Norm::post), 1);

  double squares = 0;
  const std::vector<float>& words = weights.at("bert.embeddings.word_embeddings.weight").values;
  for (const float value : words) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(words.size())), 0.02, 0.0004);
  EXPECT_THAT(weights.at("bert.embeddings.LayerNorm.weight").values, testing::Each(1.0F));
  EXPECT_THAT(weights.at("classifier.bias").values, testing::Each(0.0F));
}

TEST(InitialWeights, OneByOneAreTheSameAsAllAtOnce) {
  const ModelConfig config = tiny(Norm::pre);
  const std::vector<ParameterShape> shapes = parameter_shapes(config);
  ModelWeights one_by_one;

  for (std::size_t index = 0; index < shapes.size(); ++index) {
    one_by_one.emplace(shapes[index].name, initial_parameter(config, index, 9));
  }

  EXPECT_EQ(one_by_one, initial_weights(config, 9));
}

TEST(InitialWeights, OfBothNormsStartFromTheSameMatrices) {
  const ModelWeights post = initial_weights(tiny(Norm::post), 4);
  const ModelWeights pre = initial_weights(tiny(Norm::pre), 4);

  for (const auto& [name, array] : post) {
    if (array.shape.size() == 2) {
      EXPECT_EQ(array, pre.at(name)) << name;
    }
  }
  EXPECT_NE(post.at("classifier.weight"),
            initial_weights(tiny(Norm::post), 5).at("classifier.weight"));
}

TEST(TrainingCost, CountsParametersAndTheirWork) {
  const ModelConfig config = tiny(Norm::post);
  std::int64_t in_file = 0;
  for (const auto& [name, shape] : shapes_in_file("tiny_post")) {
    in_file += shape.size() == 2 ? shape[0] * shape[1] : shape[0];
  }

  EXPECT_EQ(count_parameters(config), in_file);
  EXPECT_DOUBLE_EQ(training_flops_per_token(config), 6.0 * 2 * (4 * 32 * 32 + 2 * 32 * 128));
}

}  // namespace
}  // namespace tarama
