// Reporting what is found after reading at the key that names it; settings without effect.
#include "orchestrator/config/config_warnings.hpp"
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <fmt/format.h>

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Positions : public ConfigFixture {
 protected:
  SweepFile file_of(const std::string& text, std::vector<std::string> overrides = {}) {
    SweepFileOutcome outcome = read(text, std::move(overrides));
    EXPECT_THAT(printed(outcome), IsEmpty());
    return std::move(outcome.file).value();
  }

  static std::string at(const SweepFile& file, const std::string& key) {
    const ConfigProblem problem = file.at(key, "");
    return problem.line == 0 ? problem.file : fmt::format("{}:{}", problem.line, problem.column);
  }

  static std::vector<std::pair<std::string, int>> codes_of(const SweepFile& file) {
    std::vector<std::pair<std::string, int>> codes;
    for (const ConfigWarning& warning : config_warnings(file)) {
      codes.emplace_back(warning.code, warning.line);
    }
    return codes;
  }

  /// right_file with another line for warmup.
  static std::string with_warmup(const std::string& axis, const std::string& addition) {
    return text_of({"", {{"{values: [0, 0.1]}", axis}, {end_of_file, addition}}, {}});
  }
};

TEST_F(Positions, AreThoseOfTheKey) {
  const SweepFile file = file_of(right_file);

  EXPECT_EQ(at(file, "data.train"), "7:3");
  EXPECT_EQ(at(file, "parameters.lr.values"), "3:8");
  EXPECT_EQ(file.line_of("model"), 11);
}

TEST_F(Positions, AreThoseOfTheAxisThatSetsAKey) {
  const SweepFile file =
      file_of(text_of({"", {{"  epochs:", "  norm: {values: [pre]}\n  epochs:"}}, {}}));

  EXPECT_EQ(at(file, "training.norm"), "5:3");
  EXPECT_EQ(at(file, "lr"), "3:3");
}

TEST_F(Positions, FallBackToTheKeyAbove) {
  const SweepFile file = file_of(right_file);

  EXPECT_EQ(at(file, "data.text_pair"), "6:1");
  EXPECT_EQ(at(file, "model.vocab.size"), "11:1");
  EXPECT_EQ(at(file, "training.norm"), "1:1");
}

TEST_F(Positions, NameTheOverrideThatSetAKey) {
  const SweepFile file = file_of(right_file, {"model.lowercase=false"});

  EXPECT_EQ(at(file, "model.lowercase"), "--set model.lowercase");
  EXPECT_EQ(file.line_of("model.lowercase"), 0);
}

TEST_F(Positions, ArePrintedAsEditorsReadThem) {
  const SweepFile file = file_of(right_file);

  EXPECT_EQ(to_text(file.at("data.text", "column 1 is missing")),
            (folder() / "sweep.yaml").string() + ":9:3: column 1 is missing");
}

using Warnings = Positions;

TEST_F(Warnings, AreNotGivenForAWarmupThatHasAnEffect) {
  EXPECT_THAT(config_warnings(file_of(right_file)), IsEmpty());
}

TEST_F(Warnings, AreGivenForAWarmupWithoutTTotal) {
  const SweepFile file = file_of(right_file + "training:\n  t_total: none\n");

  EXPECT_THAT(config_warnings(file),
              ElementsAre(ConfigWarning{"warmup_without_t_total",
                                        "with t_total: none no schedule is applied, so that a "
                                        "warmup above 0 has no effect; t_total: auto applies it",
                                        16}));
}

TEST_F(Warnings, AreGivenForASweptTTotal) {
  const std::string text =
      text_of({"", {{"  epochs:", "  t_total: {values: [auto, none]}\n  epochs:"}}, {}});

  EXPECT_THAT(codes_of(file_of(text)), ElementsAre(std::pair("warmup_without_t_total", 5)));
}

TEST_F(Warnings, AreGivenForAWarmupThatTheScheduleIgnores) {
  const SweepFile file = file_of(right_file + "training: {schedule: none}\n");

  EXPECT_THAT(config_warnings(file),
              ElementsAre(ConfigWarning{
                  "warmup_ignored_by_schedule",
                  "with schedule: none the learning rate is constant, so that a warmup above 0 has "
                  "no effect; schedule: warmup_constant warms up and stays constant",
                  15}));
}

TEST_F(Warnings, AreNotGivenTwiceForAScheduleThatIsNoneAnyway) {
  const SweepFile file = file_of(right_file + "training: {schedule: none, t_total: none}\n");

  EXPECT_THAT(codes_of(file), ElementsAre(std::pair("warmup_ignored_by_schedule", 15)));
}

TEST_F(Warnings, AreNotGivenWithoutAWarmup) {
  const SweepFile file =
      file_of(with_warmup("{value: 0}", "training: {schedule: none, t_total: none}\n"));

  EXPECT_THAT(config_warnings(file), IsEmpty());
}

TEST_F(Warnings, AreGivenForARateThatFineTuningRarelyHas) {
  const std::string scratch = text_of({"", {{"3e-4", "3e-2"}}, {}});
  std::string pretrained = scratch;
  pretrained.replace(pretrained.find("  layers"), std::string::npos, "  path: model\n");

  EXPECT_THAT(codes_of(file_of(scratch)), IsEmpty());
  EXPECT_THAT(codes_of(file_of(pretrained)), ElementsAre(std::pair("unusual_rate", 3)));
}

}  // namespace

}  // namespace tarama::config::test
