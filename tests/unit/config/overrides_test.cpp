// `--set KEY=YAML`: what it replaces, what it adds, and what is said of a wrong one.
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Overrides : public ConfigFixture {
 protected:
  SweepSpec spec_with(std::vector<std::string> overrides) {
    const SweepFileOutcome outcome = read(right_file, std::move(overrides));
    EXPECT_THAT(printed(outcome), IsEmpty());
    return outcome.file ? outcome.file->spec : SweepSpec{};
  }

  std::vector<std::string> problems_with(std::vector<std::string> overrides) {
    return printed(read(right_file, std::move(overrides)));
  }
};

TEST_F(Overrides, ReplaceAScalar) {
  EXPECT_EQ(spec_with({"name=other"}).name, "other");
}

TEST_F(Overrides, ReplaceAnAxis) {
  EXPECT_EQ(spec_with({"parameters.lr={value: 2e-5}"}).parameters[0], (Axis{"lr", {2e-5}}));
}

TEST_F(Overrides, ReplaceAListWithinAnAxis) {
  EXPECT_EQ(spec_with({"parameters.lr.values=[2e-5, 3e-5]"}).parameters[0],
            (Axis{"lr", {2e-5, 3e-5}}));
}

TEST_F(Overrides, AddKeysAndTheMapsAboveThem) {
  EXPECT_EQ(spec_with({"training.norm=pre", "training.batch_size=4"}).training.norm, Norm::pre);
}

TEST_F(Overrides, ReplaceAMap) {
  const SweepSpec spec = spec_with({"model={path: model}"});

  EXPECT_EQ(spec.model.path, path_of("model"));
  EXPECT_EQ(spec.model.hidden, std::nullopt);
}

TEST_F(Overrides, LaterOnesWin) {
  EXPECT_EQ(spec_with({"replicates=2", "replicates=3"}).replicates, 3);
}

TEST_F(Overrides, MayUseVariables) {
  EXPECT_EQ(spec_with({"replicates=${NUMBER}"}).replicates, 7);
}

TEST_F(Overrides, MayHoldAnEqualsSign) {
  EXPECT_EQ(spec_with({"on_end=env A=1 true"}).on_end, "env A=1 true");
}

TEST_F(Overrides, RepairAFile) {
  const SweepFileOutcome outcome = read(right_file + "replicates: none\n", {"replicates=1"});

  EXPECT_THAT(printed(outcome), IsEmpty());
}

TEST_F(Overrides, ChangeOneUserOfAnAnchorOnly) {
  const SweepFileOutcome outcome = read(
      "name: small\n"
      "parameters:\n"
      "  lr: &axis {values: [0.1, 0.2]}\n"
      "  warmup: *axis\n"
      "  epochs: {value: 1}\n"
      "data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0}\n"
      "model: {layers: 2, hidden: 128, heads: 2}\n",
      {"parameters.warmup.values=[0.3]"});

  ASSERT_THAT(printed(outcome), IsEmpty());
  EXPECT_EQ(outcome.file->spec.parameters[0], (Axis{"lr", {0.1, 0.2}}));
  EXPECT_EQ(outcome.file->spec.parameters[1], (Axis{"warmup", {0.3}}));
}

TEST_F(Overrides, AreReportedByTheirKeyAfterTheFile) {
  const SweepFileOutcome outcome =
      read(right_file + "seed: x\n",
           {"parameters.lr={values: [1, 1]}", "replicates=0", "training.nrm=pre", "nam=x"});

  EXPECT_THAT(
      printed(outcome),
      ElementsAre("FOLDER/sweep.yaml:15:1: seed: expected a whole number, at least 0, but "
                  "found the text 'x'",
                  "--set parameters.lr: 1 is listed twice",
                  "--set replicates: expected a whole number from 1 to 1000000, but found 0",
                  "--set training.nrm: unknown key 'nrm' in 'training'; did you mean "
                  "'norm'?",
                  "--set nam: unknown key 'nam'; did you mean 'name'?"));
}

TEST_F(Overrides, NeedAKeyAndAValue) {
  const std::string problem = "expected KEY=YAML with a dotted key, such as training.norm=pre";

  EXPECT_THAT(problems_with({"replicates", "=3", "a..b=3", ""}),
              ElementsAre("--set replicates: " + problem,
                          "--set : " + problem,
                          "--set a..b: " + problem,
                          "--set : " + problem));
}

TEST_F(Overrides, MustBeValidYaml) {
  EXPECT_THAT(
      problems_with({"keep={models: best"}),
      ElementsAre("--set keep: this is not valid YAML: expected ',' or the closing '}' of a "
                  "map before this"));
}

TEST_F(Overrides, CannotReachIntoAValueThatIsNotAMap) {
  EXPECT_THAT(problems_with({"name.first=x"}),
              ElementsAre("--set name.first: a key on the way to it is not a map; replace that key "
                          "instead"));
}

TEST_F(Overrides, ConflictWithTheFileAsTheFileWouldWithItself) {
  EXPECT_THAT(problems_with({"model.path=model"}),
              ElementsAre("FOLDER/sweep.yaml:13:3: model.hidden: it is only for models from "
                          "scratch, but model.path names a folder; keep one",
                          "FOLDER/sweep.yaml:14:3: model.heads: it is only for models from "
                          "scratch, but model.path names a folder; keep one"));
}

}  // namespace

}  // namespace tarama::config::test
