// Small models against `transformers` 5.23.0 with the BertAdam of pytorch_pretrained_bert 0.6.2,
// dropout 0, one CPU thread: tiny_post is a BertForSequenceClassification, tiny_pre a
// MegatronBertForSequenceClassification. Shapes, batches and settings all come from the files;
// docs/NUMERICS.md says how they were made and why these tolerances.
#include "input/model/folder_config.hpp"
#include "input/prepare.hpp"
#include "tests/reference/parity_run.hpp"
#include "tests/support/reference_vectors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tarama::test {
namespace {

// Numbers below a thousandth (gradients of query and key) are held to a thousandth of what the
// others are: 20 steps of training leave no more than rounding in them.
constexpr Tolerance float64_tolerance = {.relative = 1e-9, .scale = 1e-3};
constexpr Tolerance float32_tolerance = {.relative = 1e-4, .scale = 1e-3};

class ModelParity : public testing::TestWithParam<std::string> {};

TEST_P(ModelParity, EqualsTransformersBeforeWhileAndAfterTraining) {
  const nlohmann::json vectors = reference_vectors("model_parity/" + GetParam());
  const auto folder = reference_folder() / "model_parity" / GetParam();
  const auto config = input::read_folder_config(folder);
  ASSERT_TRUE(config) << config.error().message;
  ModelSpec model;
  model.path = folder.string();
  const auto weights = input::load_weights(model, config->config);
  ASSERT_TRUE(weights) << weights.error().message;
  const auto batches = parity_batches(vectors.at("batches"));
  ASSERT_FALSE(vectors.at("runs").empty());

  for (const auto& run : vectors.at("runs")) {
    const ParitySettings settings = parity_settings(run);
    const bool is_double = settings.type == torch_trainer::FloatType::float64;
    SCOPED_TRACE(run.at("schedule").dump() + (is_double ? " float64" : " float32"));

    const ParityNumbers numbers = train(settings, config->config, **weights, batches);

    expect_parity(
        numbers, expected_numbers(run), is_double ? float64_tolerance : float32_tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Models,
                         ModelParity,
                         testing::Values("tiny_post", "tiny_pre"),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace tarama::test
