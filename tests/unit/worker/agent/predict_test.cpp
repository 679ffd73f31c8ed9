// What `predict` prints, with a trainer whose probabilities are given. That they are those of the
// model is the business of the interop tests.
#include "worker/agent/predict.hpp"

#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama {
namespace {

class GivenTrainer : public Trainer {
 public:
  explicit GivenTrainer(std::vector<float> probabilities)
      : probabilities_(std::move(probabilities)) {}

  [[nodiscard]] std::string_view kind() const override { return "given"; }

  [[nodiscard]] TrainEnd train(TrainJob /*job*/, TrainObserver& /*observer*/) override {
    return {};
  }

  [[nodiscard]] std::vector<float> predict(const ModelConfig& /*config*/,
                                           const ModelWeights& /*weights*/,
                                           const TokenizedSplit& /*split*/) override {
    return probabilities_;
  }

 private:
  std::vector<float> probabilities_;
};

class Predict : public input::InputFolder {
 protected:
  /// Of the texts "good film" and "bad", with these probabilities of the classes 0 and 1.
  [[nodiscard]] std::string printed(PredictLines lines, std::vector<float> probabilities) const {
    write_model();
    write("texts.txt", "good film\nbad\n");
    const std::string output = path("output").string();
    std::FILE* const file = std::fopen(output.c_str(), "w");
    GivenTrainer trainer(std::move(probabilities));
    const auto done = predict({path("model"), path("texts.txt"), {}, {}, {}}, trainer, lines, file);
    std::fclose(file);
    EXPECT_TRUE(done) << done.error().message;
    return input::read_file(output);
  }
};

TEST_F(Predict, PrintsTheLikeliestClassOfEachText) {
  EXPECT_EQ(printed(PredictLines::text, {0.25F, 0.75F, 0.9F, 0.1F}), "1\t0.750000\n0\t0.900000\n");
}

TEST_F(Predict, PrintsAllProbabilitiesAndIdsAsJsonLines) {
  EXPECT_EQ(printed(PredictLines::json, {0.25F, 0.75F, 0.9F, 0.1F}),
            "{\"label\":\"1\",\"probability\":0.75,\"probabilities\":{\"0\":0.25,\"1\":0.75},"
            "\"ids\":[2,5,7,3]}\n"
            "{\"label\":\"0\",\"probability\":0.9,\"probabilities\":{\"0\":0.9,\"1\":0.1},"
            "\"ids\":[2,6,3]}\n");
}

TEST_F(Predict, PrintsFloatsThatReadBackAsTheyWere) {
  const float odd = 0.123456791F;

  const std::string text = printed(PredictLines::json, {odd, 1.0F - odd, 0.5F, 0.5F});
  const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));

  EXPECT_EQ(first["probabilities"]["0"].get<float>(), odd);
}

TEST_F(Predict, PrintsNullForWhatIsNoNumber) {
  const float none = std::numeric_limits<float>::quiet_NaN();

  const std::string text = printed(PredictLines::json, {none, none, 0.5F, 0.5F});
  const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));

  EXPECT_TRUE(first["probability"].is_null());
  EXPECT_TRUE(first["probabilities"]["1"].is_null());
}

}  // namespace
}  // namespace tarama
