// Small models against `transformers` 5.23.0 with the BertAdam of pytorch_pretrained_bert 0.6.2,
// dropout 0, one CPU thread: tiny_post is a BertForSequenceClassification, tiny_pre a
// MegatronBertForSequenceClassification. Shapes, batches and settings all come from the files;
// docs/NUMERICS.md says how they were made and why these tolerances.
#include "input/model/folder_config.hpp"
#include "input/prepare.hpp"
#include "tests/reference/loop_parity.hpp"
#include "tests/reference/packed_parity.hpp"
#include "tests/reference/torch_parity.hpp"
#include "tests/support/reference_vectors.hpp"
#include "worker/packed/packed_trainer.hpp"
#include "worker/torch/torch_trainer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

// Numbers below a thousandth (gradients of query and key) are held to a thousandth of what the
// others are: 20 steps of training leave no more than rounding in them.
constexpr Tolerance float64_tolerance = {.relative = 1e-9, .scale = 1e-3};
constexpr Tolerance float32_tolerance = {.relative = 1e-4, .scale = 1e-3};

Tolerance tolerance_of(const nlohmann::json& run) {
  return parity_settings(run).is_double ? float64_tolerance : float32_tolerance;
}

/// A model of the vectors, with its weights and batches.
class ModelParity : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    vectors_ = reference_vectors("model_parity/" + GetParam());
    const auto folder = reference_folder() / "model_parity" / GetParam();
    const auto config = input::read_folder_config(folder);
    ASSERT_TRUE(config) << config.error().message;
    config_ = config->config;
    ModelSpec model;
    model.path = folder.string();
    const auto weights = input::load_weights(model, config_);
    ASSERT_TRUE(weights) << weights.error().message;
    weights_ = **weights;
    batches_ = parity_batches(vectors_.at("batches"));
    ASSERT_FALSE(runs().empty());
  }

  [[nodiscard]] const nlohmann::json& runs() const { return vectors_.at("runs"); }

  nlohmann::json vectors_;
  ModelConfig config_;
  ModelWeights weights_;
  std::vector<training::PackedBatch> batches_;
};

TEST_P(ModelParity, TorchEqualsTransformersBeforeWhileAndAfterTraining) {
  for (const auto& run : runs()) {
    const ParitySettings settings = parity_settings(run);
    SCOPED_TRACE(run.at("schedule").dump() + (settings.is_double ? " float64" : " float32"));

    const ParityNumbers numbers = train_by_torch(settings, config_, weights_, batches_);

    expect_parity(numbers, expected_numbers(run), tolerance_of(run));
  }
}

TEST_P(ModelParity, PackedEqualsTransformersBeforeWhileAndAfterTraining) {
  for (const auto& run : runs()) {
    SCOPED_TRACE(run.at("schedule").dump() + run.at("dtype").dump());
    expect_parity_of_packed(run, config_, weights_, batches_, tolerance_of(run));
  }
}

TEST_P(ModelParity, TheLoopOfARunEqualsTransformersWithEachLearner) {
  const auto packed = make_packed_trainer();
  const auto torch = std::move(make_torch_trainer("cpu:0", 1).value());
  for (const auto& run : runs()) {
    for (Trainer* const trainer : {packed.get(), torch.get()}) {
      SCOPED_TRACE(run.at("schedule").dump() + (trainer == torch.get() ? " torch" : " packed"));
      expect_parity_of_loop(*trainer, run, config_, weights_, batches_, float32_tolerance);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models,
                         ModelParity,
                         testing::Values("tiny_post", "tiny_pre"),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace tarama::test
