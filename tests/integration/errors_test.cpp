// `tarama errors` on runs that were trained: what it says is what the view `predictions` holds and
// what stands in the data file.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Errors : public SweepFixture {
 protected:
  /// A model of chance: after 10 steps it has learnt nothing, so that it is wrong often.
  void train(const std::string& eval, const std::string& more = "") {
    use_worker("tarama-worker");
    const std::string file =
        sweep_file("  lr: {values: [1e-5, 2e-5]}\n  warmup: {value: 0}\n  epochs: {value: 2}\n",
                   "training: {batch_size: 8}\nreplicates: 2\nresources: {devices: cpu}\n" + more);
    const ProgramResult run =
        tarama({"run", file, "--set", "data.eval=" + eval, "--set", "keep.predictions=all"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  nlohmann::json errors(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"errors", "small", "--json", "--limit", "100"});
    const ProgramResult result = tarama(std::move(more));
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.json();
  }
};

TEST_F(Errors, CountsWhatThePredictionsOfTheChosenEpochSay) {
  train("eval.tsv");

  const nlohmann::json document = errors();

  std::int64_t wrong = 0;
  for (const nlohmann::json& missed : document["missed"]) {
    wrong += missed["wrong"].get<std::int64_t>();
    EXPECT_EQ(missed["runs"], 4);
    EXPECT_NE(missed["label"], missed["predicted"]);
  }
  EXPECT_EQ(document["examples"], 10);
  EXPECT_EQ(value("SELECT count(*) FROM predictions WHERE split = 'eval' AND epoch = 2 "
                  "AND predicted <> label"),
            wrong);
  EXPECT_GT(wrong, 0);
}

TEST_F(Errors, OfThePopulationAreWiderThanThoseOfSeedsAlone) {
  train("eval.tsv");

  const ProgramResult result = tarama({"levels", "small", "--population", "--json"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const nlohmann::json document = result.json();
  EXPECT_EQ(document["population"]["examples"], 10);
  ASSERT_EQ(document["population"]["levels"].size(), 2U);
  const nlohmann::json& best = document["population"]["levels"][0];
  EXPECT_EQ(best["params"], document["best"]["params"]);
  EXPECT_DOUBLE_EQ(best["mean"].get<double>(), document["best"]["mean"].get<double>());
  // Ten examples of which some are wrong: no less than their binomial error, twice to each side.
  const double share = best["mean"].get<double>();
  EXPECT_GT(best["high"].get<double>() - best["low"].get<double>(),
            3 * std::sqrt(share * (1 - share) / 10));
  EXPECT_TRUE(best["difference"].is_object());
  EXPECT_THAT(tarama({"levels", "small", "--population"}).output, HasSubstr("On new data of this"));
}

TEST_F(Errors, OfThePopulationNeedPredictions) {
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 2\n")}).exit_code, 0);

  const ProgramResult result = tarama({"levels", "--population"});

  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("keep.predictions"));
}

TEST_F(Errors, NamesTheLineAndTheTextAlsoOfASplitThatWasDrawn) {
  train("0.3");

  const nlohmann::json document = errors();

  std::ifstream file(folder() / "train.tsv");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  ASSERT_FALSE(document["missed"].empty());
  for (const nlohmann::json& missed : document["missed"]) {
    const auto line = missed["line"].get<std::size_t>();
    EXPECT_EQ(lines.at(line - 1),
              missed["label"].get<std::string>() + "\t" + missed["text"].get<std::string>());
  }
}

TEST_F(Errors, ShowsNoTextsOfAFileThatHasChanged) {
  train("eval.tsv");
  write("eval.tsv", rows(9));

  const ProgramResult result = tarama({"errors", "small"});
  const nlohmann::json document = errors();

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.errors, HasSubstr("is not what it was"));
  EXPECT_EQ(document["file"], nullptr);
  EXPECT_EQ(document["missed"][0]["text"], nullptr);
}

TEST_F(Errors, AreOfOneLevelWhereOneIsNamed) {
  train("eval.tsv");

  EXPECT_EQ(errors({"--level", "2"})["runs"], 2);
  EXPECT_EQ(errors({"--level", "best"})["runs"], 2);
  EXPECT_EQ(tarama({"errors", "small", "--level", "3"}).exit_code, 3);
}

TEST_F(Errors, ASweepWithoutPredictionsSaysHowToHaveSome) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);

  const ProgramResult result = tarama({"errors", "small"});

  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("keep.predictions"));
}

}  // namespace
}  // namespace tarama::test
