// What `predict` says when the trainer cannot.
#include "core/training/initial_weights.hpp"
#include "input/model/save_model_folder.hpp"
#include "tests/unit/worker/agent/agent_fixture.hpp"
#include "worker/agent/predict.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <stdexcept>

namespace tarama::test {
namespace {

class UnfitTrainer : public Trainer {
 public:
  [[nodiscard]] std::string_view kind() const override { return "unfit"; }

  [[nodiscard]] TrainEnd train(TrainJob /*job*/, TrainObserver& /*observer*/) override {
    return {};
  }

  [[nodiscard]] std::vector<float> predict(const ModelConfig& /*config*/,
                                           const ModelWeights& /*weights*/,
                                           const TokenizedSplit& /*split*/) override {
    throw std::invalid_argument("its weights have no parameter 'classifier.bias'");
  }
};

TEST(PredictFailure, ExceptionOfTheTrainerIsAnErrorWithItsWords) {
  const AgentStore store;
  const JobSpec job = store.job(1, 1);
  const auto outcome = input::prepare({.data = job.data, .model = job.model, .cache = {}});
  ASSERT_TRUE(outcome.prepared);
  const ModelConfig& config = outcome.prepared->config;
  ASSERT_TRUE(input::save_model_folder(
      store.path() / "model", config, initial_weights(config, 1), *outcome.prepared->data, 0.1));
  store.write("texts.txt", 2);
  UnfitTrainer trainer;

  const auto done = predict(
      {store.path() / "model", store.path() / "texts.txt", {}, {}, {}}, {&trainer}, {}, stdout);

  ASSERT_TRUE(done.has_error());
  EXPECT_EQ(done.error(),
            (Error{Errc::internal,
                   "the model cannot predict: its weights have no parameter 'classifier.bias'"}));
}

}  // namespace
}  // namespace tarama::test
