// Names and shapes against those of real folders, and what each parameter is for.
#include "core/training/architecture.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/training_cost.hpp"
#include "tests/support/reference_vectors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <map>
#include <string>
#include <utility>
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
  for (const Parameter& parameter : parameters_of(config)) {
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

/// The parameter of this name; a model without it fails the test.
Parameter parameter_named(const ModelConfig& config, const std::string& name) {
  for (Parameter& parameter : parameters_of(config)) {
    if (parameter.name == name) {
      return std::move(parameter);
    }
  }
  ADD_FAILURE() << name << " is none of the model's";
  return {};
}

TEST(Architecture, NamesParametersAsBertForSequenceClassification) {
  EXPECT_EQ(shapes_of(tiny(Norm::post)), shapes_in_file("tiny_post"));
}

TEST(Architecture, NamesParametersAsMegatronBertForSequenceClassification) {
  EXPECT_EQ(shapes_of(tiny(Norm::pre)), shapes_in_file("tiny_pre"));
}

TEST(Architecture, DecaySparesBiasesAndNorms) {
  for (const Norm norm : {Norm::post, Norm::pre}) {
    for (const Parameter& parameter : parameters_of(tiny(norm))) {
      const bool is_bias_or_norm = parameter.shape.size() == 1;
      EXPECT_EQ(is_decayed(parameter.role), !is_bias_or_norm) << parameter.name;
    }
  }
}

TEST(Architecture, NormsAreToldFromBiases) {
  const ModelConfig post = tiny(Norm::post);
  const ModelConfig pre = tiny(Norm::pre);

  EXPECT_EQ(parameter_named(post, "bert.encoder.layer.1.output.LayerNorm.weight").role,
            Role::norm_scale);
  EXPECT_EQ(parameter_named(pre, "bert.encoder.layer.1.ln.bias").role, Role::norm_shift);
  EXPECT_EQ(parameter_named(pre, "bert.encoder.ln.weight").role, Role::norm_scale);
  EXPECT_EQ(
      parameter_named(pre, "bert.encoder.layer.1.output.dense.bias"),
      (Parameter{Module::output, 1, Role::bias, "bert.encoder.layer.1.output.dense.bias", {32}}));
}

TEST(Architecture, TheHeadAloneMayStartFromTheSeed) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters_of(tiny(Norm::post))) {
    if (may_start_from_seed(parameter.module)) {
      names.push_back(parameter.name);
    }
  }

  EXPECT_THAT(names,
              testing::ElementsAre("bert.pooler.dense.weight",
                                   "bert.pooler.dense.bias",
                                   "classifier.weight",
                                   "classifier.bias"));
}

TEST(Architecture, FilesMayLeaveOutThePrefixOrUseFormerNames) {
  const auto names = [](Norm norm, const std::string& name) {
    return names_in_files(architecture_of(norm), parameter_named(tiny(norm), name));
  };

  EXPECT_THAT(names(Norm::post, "bert.embeddings.LayerNorm.weight"),
              testing::ElementsAre("bert.embeddings.LayerNorm.weight",
                                   "embeddings.LayerNorm.weight",
                                   "bert.embeddings.LayerNorm.gamma",
                                   "embeddings.LayerNorm.gamma"));
  EXPECT_THAT(names(Norm::post, "bert.embeddings.LayerNorm.bias"),
              testing::Contains("embeddings.LayerNorm.beta"));
  EXPECT_THAT(names(Norm::post, "bert.pooler.dense.bias"),
              testing::ElementsAre("bert.pooler.dense.bias", "pooler.dense.bias"));
  EXPECT_THAT(names(Norm::pre, "bert.encoder.ln.weight"),
              testing::ElementsAre("bert.encoder.ln.weight", "encoder.ln.weight"));
  EXPECT_THAT(names(Norm::pre, "classifier.weight"), testing::ElementsAre("classifier.weight"));
}

TEST(InitialWeights, AreNormalForMatricesOneForScalesZeroForBiases) {
  const ModelWeights weights = initial_weights(tiny(Norm::post), 1);

  double squares = 0;
  const SharedArray<float>& words = weights.at("bert.embeddings.word_embeddings.weight").values;
  for (const float value : words) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(words.size())), 0.02, 0.0004);
  EXPECT_THAT(weights.at("bert.embeddings.LayerNorm.weight").values, testing::Each(1.0F));
  EXPECT_THAT(weights.at("classifier.bias").values, testing::Each(0.0F));
}

TEST(InitialWeights, OneByOneAreTheSameAsAllAtOnce) {
  const ModelConfig config = tiny(Norm::pre);
  const std::vector<Parameter> parameters = parameters_of(config);
  ModelWeights one_by_one;

  for (std::size_t index = 0; index < parameters.size(); ++index) {
    one_by_one.emplace(parameters[index].name, initial_parameter(config, index, 9));
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

TEST(InitialWeights, CompleteAMissingHeadAndNothingElse) {
  const ModelConfig config = tiny(Norm::post);
  ModelWeights body = initial_weights(config, 5);
  std::erase_if(body, [&](const auto& named) {
    return may_start_from_seed(parameter_named(config, named.first).module);
  });

  const auto complete = complete_weights(config, body, 5);
  const auto of_another_seed = complete_weights(config, body, 6);
  body.erase("bert.encoder.layer.0.output.dense.bias");
  const auto incomplete = complete_weights(config, body, 5);

  ASSERT_TRUE(complete);
  EXPECT_EQ(*complete, initial_weights(config, 5));
  ASSERT_TRUE(of_another_seed);
  EXPECT_NE(*of_another_seed, *complete);
  ASSERT_FALSE(incomplete);
  EXPECT_EQ(incomplete.error(),
            (Error{Errc::invalid_config,
                   "the model's weights have no parameter "
                   "'bert.encoder.layer.0.output.dense.bias'; expected one of shape [32]"}));
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
