// Sweep files that people bring along: copied from a web page, or written for another program.
#include "orchestrator/config/foreign_words.hpp"
#include "orchestrator/config/lookalikes.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/config/wandb_import.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>

namespace tarama::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ForeignFile : public testing::Test {
 protected:
  /// All that is said of a file of these lines, with sound data and model behind them.
  [[nodiscard]] std::string said_of(const std::string& lines) const {
    const auto path = folder_.path() / "sweep.yaml";
    std::ofstream(path) << lines
                        << "data: {train: t.tsv, eval: 0.1, text: 0, label: 1}\n"
                           "model: {layers: 1, hidden: 8, heads: 2}\n";
    SweepFileRequest request;
    request.path = path;
    request.environment = [](const std::string&) { return std::optional<std::string>(); };
    request.named_files = NamedFiles::may_be_missing;
    std::string said;
    for (const ConfigProblem& problem : read_sweep_file(request).problems) {
      said += to_text(problem).substr(folder_.path().string().size() + 1) + "\n";
    }
    return said;
  }

  test::TempFolder folder_;
};

constexpr std::string_view sound_parameters =
    "parameters: {lr: {value: 1e-4}, warmup: {value: 0}, epochs: {value: 1}}\n";

TEST_F(ForeignFile, CharactersThatLookLikeOthersAreNamed) {
  EXPECT_THAT(said_of("name: x\nparameters:\n\u00A0 lr: {value: 1e-4}\n"), HasSubstr("U+00A0"));
  EXPECT_THAT(said_of("name: x\nparameters:\n  lr: {value: 1e\u22124}\n"),
              HasSubstr("U+2212 in column 17 is a minus sign of mathematics, not a minus '-'"));
  EXPECT_THAT(said_of("name: \u201Cx\u201D\n" + std::string(sound_parameters)),
              HasSubstr("U+201C at the start of the value is a curly quote"));
  EXPECT_THAT(said_of("name: x\u200B\n" + std::string(sound_parameters)), HasSubstr("U+200B"));
  EXPECT_EQ(said_of("name: \"a\u00A0b\"\ndescription: Qui\u00A0? # \u2212\n" +
                    std::string(sound_parameters)),
            "");
}

TEST_F(ForeignFile, AllDifferencesOfAWandbFileAreToldInOneRound) {
  const std::string said = said_of(
      "program: train.py\nname: x\nmethod: bayes\nmetric: {name: eval/f1, goal: maximize}\n"
      "early_terminate: {type: hyperband}\nrun_cap: 40\n"
      "parameters:\n"
      "  learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-3}\n"
      "  lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-3}\n"
      "  epochs: {distribution: int_uniform, min: 2, max: 4}\n"
      "  warmup_ratio: {values: [0, 0.1]}\n"
      "  batch_size: {value: [16, 32]}\n"
      "  seed: {values: [12, 77]}\n"
      "command: [\"${env}\", \"${envvar:X}\", \"${args}\"]\n");

  EXPECT_THAT(said,
              AllOf(HasSubstr("unknown key 'program'; here it is 'command', under 'trainer'"),
                    HasSubstr("metric.name: "),
                    HasSubstr("did you mean 'eval.macro_f1'?"),
                    HasSubstr("unknown key 'early_terminate'; here it is 'rungs'"),
                    HasSubstr("unknown key 'run_cap'"),
                    HasSubstr("unknown key 'learning_rate' in 'parameters'; here it is 'lr'")));
  EXPECT_THAT(said,
              AllOf(HasSubstr("missing: count"),
                    HasSubstr("here it is 'log_uniform'"),
                    HasSubstr("here it is 'int'"),
                    HasSubstr("here it is 'warmup'"),
                    HasSubstr("'value' is one value, but is a list; write 'values'"),
                    HasSubstr("`replicates: 3`"),
                    HasSubstr("unknown key 'command'"),
                    Not(HasSubstr("environment variable"))));
}

TEST_F(ForeignFile, PathsForAShellSayWhatToWrite) {
  EXPECT_THAT(said_of("name: x\n" + std::string(sound_parameters) + "keep: {models: all}\n"), "");
  const auto path = folder_.path() / "sweep.yaml";
  std::ofstream(path) << "name: x\n"
                      << sound_parameters
                      << "data: {train: ~/t.tsv, eval: $HOME/e.tsv, text: 0, label: 1}\n"
                         "model: {layers: 1, hidden: 8, heads: 2}\n";
  std::string said;
  for (const ConfigProblem& problem : read_sweep_file({path, {}}).problems) {
    said += problem.message + "\n";
  }
  EXPECT_THAT(said, AllOf(HasSubstr("write ${HOME}/t.tsv"), HasSubstr("write ${HOME}/e.tsv")));
}

TEST_F(ForeignFile, DurationsOfSlurmAndIsoSayWhatToWrite) {
  EXPECT_THAT(said_of("name: x\ntime_limit: 1-12:00:00\n" + std::string(sound_parameters)),
              HasSubstr("write 36h"));
  EXPECT_EQ(foreign_duration("02:30:00"), "2h30m");
  EXPECT_EQ(foreign_duration("90:15"), "1h30m15s");
  EXPECT_EQ(foreign_duration("2-1"), "49h");
  EXPECT_EQ(foreign_duration("PT1H30M"), "1h30m");
  EXPECT_EQ(foreign_duration("P1DT6H"), "30h");
  EXPECT_EQ(foreign_duration("PT0S"), std::nullopt);
  EXPECT_EQ(foreign_duration("90"), std::nullopt);
  EXPECT_EQ(foreign_duration("P1Y"), std::nullopt);
  EXPECT_EQ(foreign_duration("999999999:00"), std::nullopt);
}

TEST(ForeignWords, KnowTheCommonestSlips) {
  for (const char* const name : {"learning_rate",
                                 "num_train_epochs",
                                 "per_device_train_batch_size",
                                 "warmup_ratio",
                                 "warmup_steps",
                                 "model_name_or_path",
                                 "num_labels",
                                 "max_seq_length",
                                 "fp16",
                                 "output_dir",
                                 "--learning-rate"}) {
    EXPECT_TRUE(words_for_foreign_key(name)) << name;
  }
  EXPECT_EQ(words_for_foreign_key("lr"), std::nullopt);
}

TEST(WandbImport, GivesAFileThatCanBeRead) {
  const WandbImport imported = import_wandb_text(
      "method: bayes\nname: reviews sweep\nmetric: {name: val_loss, goal: minimize}\n"
      "parameters:\n"
      "  learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-3}\n"
      "  epochs: {min: 2, max: 4}\n"
      "  seed: {value: 7}\n",
      "w.yaml");
  ASSERT_TRUE(imported.problems.empty()) << imported.problems.front().message;
  EXPECT_THAT(imported.yaml,
              AllOf(HasSubstr("name: \"reviews sweep\""),
                    HasSubstr("metric: {name: eval.loss, goal: minimize}"),
                    HasSubstr("method: tpe  # was bayes"),
                    HasSubstr("max_runs: 20"),
                    HasSubstr("lr: {min: 1e-05, max: 0.001, distribution: log_uniform}"),
                    HasSubstr("epochs: {min: 2, max: 4, distribution: int}"),
                    HasSubstr("warmup: {value: 0}  # was not there"),
                    HasSubstr("seed: 7")));

  const test::TempFolder folder;
  std::ofstream(folder.path() / "sweep.yaml") << imported.yaml;
  SweepFileRequest request;
  request.path = folder.path() / "sweep.yaml";
  request.named_files = NamedFiles::may_be_missing;
  const SweepFileOutcome read = read_sweep_file(request);
  EXPECT_TRUE(read.file) << (read.problems.empty() ? "" : to_text(read.problems.front()));
}

/// Of a grid with a rate and epochs beside these lines: what is made, or why not.
std::string made_of(const std::string& parameter, const std::string& method = "grid") {
  const WandbImport imported =
      import_wandb_text("method: " + method +
                            "\nrun_cap: 9\nparameters:\n  lr: {value: 1e-4}\n"
                            "  num_train_epochs: {value: 2}\n  " +
                            parameter + "\n",
                        "w.yaml");
  return imported.problems.empty() ? imported.yaml : to_text(imported.problems.front());
}

TEST(WandbImport, TakesMultiplesWhereTheyWereDrawn) {
  EXPECT_THAT(made_of("batch_size: {distribution: q_uniform, min: 8, max: 33, q: 8}"),
              HasSubstr("batch_size: {values: [8, 16, 24, 32]}"));
  EXPECT_THAT(made_of("dropout: {distribution: q_uniform, min: 0, max: 0.3, q: 0.1}"),
              HasSubstr("dropout: {values: [0, 0.1, 0.2]}"));
}

TEST(WandbImport, CutsNormalDistributionsOff) {
  EXPECT_THAT(made_of("warmup_ratio: {distribution: normal, mu: 0.1, sigma: 0.05}", "random"),
              HasSubstr("warmup: {min: 0, max: 0.35, distribution: normal, mu: 0.1, sigma: 0.05}  "
                        "# was warmup_ratio; cut off at what it may be"));
}

TEST(WandbImport, AFileWithoutAProgramIsOneOfTheBuiltInTrainerOrNone) {
  EXPECT_THAT(made_of("optimizer: {values: [adam, sgd]}"),
              AllOf(HasSubstr("w.yaml:6:3: no program: add program: train.py"),
                    HasSubstr("which has no optimizer")));
  EXPECT_THAT(made_of("learning_rate: {value: 1e-5}"), HasSubstr("keep one"));
  EXPECT_THAT(made_of("seed: {values: [1, 7]}"), HasSubstr("seeds follow one another"));
  EXPECT_THAT(made_of("seed: {values: [4, 5]}"),
              HasSubstr("seed: 4  # was the parameter seed\n"
                        "replicates: 2\n"));
  EXPECT_EQ(import_wandb_text("method: grid\nparameters: {lr: {value: 1}}\n", "w.yaml")
                .problems.front()
                .message.substr(0, 34),
            "no program: add program: train.py,");
  EXPECT_EQ(import_wandb_text("metod: grid\n", "w.yaml").yaml, "");
}

TEST(WandbImport, SaysWhyAFileIsNone) {
  EXPECT_EQ(import_wandb_text("- a\n", "w.yaml").problems.front().message,
            "expected a map with keys such as method and parameters");
  EXPECT_FALSE(import_wandb_text("a: [\n", "w.yaml").problems.empty());
}

}  // namespace
}  // namespace tarama::config
