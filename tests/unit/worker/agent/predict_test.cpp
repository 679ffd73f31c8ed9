// What `predict` prints, with a trainer whose probabilities are given. That they are those of the
// model is the business of the interop tests.
#include "worker/agent/predict.hpp"

#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
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
    const auto done =
        predict({path("model"), path("texts.txt"), {}, {}, {}}, {&trainer}, {lines, top_}, file);
    std::fclose(file);
    EXPECT_TRUE(done) << done.error().message;
    return input::read_file(output);
  }

  /// Of a table, whose text and label are named so.
  [[nodiscard]] std::string printed_of_table(const std::string& name,
                                             std::string_view rows,
                                             std::optional<ColumnRef> text,
                                             std::optional<ColumnRef> label,
                                             PredictLines lines,
                                             std::vector<float> probabilities) const {
    write_model();
    write(name, rows);
    const std::string output = path("output").string();
    std::FILE* const file = std::fopen(output.c_str(), "w");
    GivenTrainer trainer(std::move(probabilities));
    input::PredictRequest request{path("model"), path(name), std::move(text), {}, {}};
    request.label = std::move(label);
    const auto done = predict(request, {&trainer}, {lines, 1}, file);
    std::fclose(file);
    return done ? input::read_file(output) : done.error().message;
  }

  std::int64_t top_ = 1;
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

TEST_F(Predict, PrintsTheLikeliestClassesThatAreAskedFor) {
  top_ = 5;
  EXPECT_EQ(printed(PredictLines::text, {0.25F, 0.75F, 0.9F, 0.1F}),
            "1\t0.750000\t0\t0.250000\n0\t0.900000\t1\t0.100000\n");
  const std::string text = printed(PredictLines::json, {0.25F, 0.75F, 0.9F, 0.1F});
  const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(first["top"].dump(),
            R"([{"label":"1","probability":0.75},{"label":"0","probability":0.25}])");
}

TEST_F(Predict, TakesTheOnlyColumnAndAnswersEveryLineOfIt) {
  const std::vector<float> three = {0.25F, 0.75F, 0.9F, 0.1F, 0.5F, 0.5F};
  const std::string answers = "1\t0.750000\n0\t0.900000\n0\t0.500000\n";

  EXPECT_EQ(printed_of_table("x.tsv", "good\n\nbad\n", {}, {}, PredictLines::text, three), answers);
  EXPECT_EQ(printed_of_table("x.csv", "good\n\n\"bad\n\"\n", {}, {}, PredictLines::text, three),
            answers);
  EXPECT_EQ(printed_of_table("x.jsonl",
                             "{\"text\": \"good\"}\n\n{\"text\": \"bad\"}\n",
                             {},
                             {},
                             PredictLines::text,
                             three),
            answers);
}

TEST_F(Predict, AsksForTheColumnWhereThereAreSeveral) {
  EXPECT_NE(printed_of_table("x.tsv", "good\t1\n", {}, {}, PredictLines::text, {})
                .find("say which one holds the text: --text COL"),
            std::string::npos);
}

TEST_F(Predict, HoldsItsAnswersAgainstLabels) {
  const auto of_two = [&](PredictLines lines) {
    return printed_of_table("x.tsv",
                            "good\t1\nbad\t1\n",
                            ColumnRef(std::int64_t{0}),
                            ColumnRef(std::int64_t{1}),
                            lines,
                            {0.25F, 0.75F, 0.9F, 0.1F});
  };
  EXPECT_EQ(of_two(PredictLines::text),
            "1\t0.750000\n0\t0.900000\n\nexamples\t2\nflat_accuracy\t0.500000\nmcc\t0.000000\n"
            "macro_f1\t0.333333\n\nlabel \\ predicted\t0\t1\n0\t0\t0\n1\t1\t1\n");
  const std::string json = of_two(PredictLines::json);
  const auto last = nlohmann::json::parse(json.substr(json.rfind("{\"examples")));
  EXPECT_EQ(last["confusion"].dump(), "[[0,0],[1,1]]");
  EXPECT_EQ(last["flat_accuracy"], 0.5);
}

TEST_F(Predict, RefusesLabelsThatTheModelDoesNotHave) {
  EXPECT_NE(printed_of_table("x.tsv",
                             "good\tpos\n",
                             ColumnRef(std::int64_t{0}),
                             ColumnRef(std::int64_t{1}),
                             PredictLines::text,
                             {})
                .find("x.tsv:1: the label 'pos' is none of the model's classes: 0, 1"),
            std::string::npos);
}

}  // namespace
}  // namespace tarama
