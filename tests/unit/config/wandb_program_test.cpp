// Sweep files of Weights & Biases that name their program.
#include "core/search/grid.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/config/wandb_import.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>

namespace tarama::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// The sweep that the imported file makes.
SweepSpec spec_of(const std::string& yaml) {
  const test::TempFolder folder;
  std::ofstream(folder.path() / "sweep.yaml") << yaml;
  SweepFileRequest request;
  request.path = folder.path() / "sweep.yaml";
  request.named_files = NamedFiles::may_be_missing;
  const SweepFileOutcome read = read_sweep_file(request);
  EXPECT_TRUE(read.file) << (read.problems.empty() ? "" : to_text(read.problems.front())) << yaml;
  return read.file ? read.file->spec : SweepSpec{};
}

TEST(WandbProgram, IsRunWithTheArgumentsThatAnAgentWouldGiveIt) {
  const WandbImport imported = import_wandb_text(
      "program: train.py\nmethod: grid\nname: w\nmetric: {name: val_loss, goal: minimize}\n"
      "parameters:\n  lr: {values: [0.1, 0.01]}\n  optimizer: {value: adam}\n"
      "  epochs: {min: 1, max: 3}\n  seed: {values: [1, 2]}\n",
      "w.yaml");

  ASSERT_TRUE(imported.problems.empty());
  const SweepSpec spec = spec_of(imported.yaml);
  EXPECT_THAT(spec.program->command,
              ElementsAre("python3",
                          "train.py",
                          "--lr={lr}",
                          "--optimizer={optimizer}",
                          "--epochs={epochs}",
                          "--seed={seed}"));
  EXPECT_EQ(spec.metric.program_name, "val_loss");
  EXPECT_EQ(spec.metric.goal, Goal::minimize);
  EXPECT_EQ(count_levels(spec), 6);
  EXPECT_EQ(spec.replicates, 2);
}

TEST(WandbProgram, MacrosOfACommandAreExpanded) {
  const std::string yaml =
      import_wandb_text(
          "command: [\"${env}\", torchrun, --nproc=2, \"${program}\", \"${args_no_hyphens}\", "
          "\"--out={x}\"]\n"
          "program: src/main.py\nmethod: random\nrun_cap: 7\nmetric: {name: Val Acc, goal: "
          "maximize}\n"
          "parameters:\n  model.dropout: {distribution: q_uniform, min: 0, max: 0.5, q: 0.1}\n"
          "  units: {min: 16, max: 64}\n  lr: {distribution: log_uniform_values, min: 1e-4, max: "
          "0.1}\n  net: {parameters: {depth: {value: 3}}}\n",
          "w.yaml")
          .yaml;

  EXPECT_THAT(yaml,
              AllOf(HasSubstr("model.dropout: {min: 0, max: 0.5, q: 0.1}"),
                    HasSubstr("units: {min: 16, max: 64, q: 1}"),
                    HasSubstr("max_runs: 7  # was run_cap"),
                    HasSubstr("#   parameters.net: {parameters: {depth: {value: 3}}}")));
  EXPECT_THAT(spec_of(yaml).program->command,
              ElementsAre("torchrun",
                          "--nproc=2",
                          "src/main.py",
                          "model.dropout={model.dropout}",
                          "units={units}",
                          "lr={lr}",
                          "--out={{x}}"));
}

TEST(WandbProgram, SaysWhatItCouldNotKnow) {
  const std::string yaml = import_wandb_text(
                               "program: a.py\nmethod: bayes\nparameters: {x: {min: 0.5, max: 2}}\n"
                               "early_terminate: {type: hyperband}\nproject: p\n",
                               "w.yaml")
                               .yaml;

  EXPECT_THAT(yaml,
              AllOf(HasSubstr("method: sobol  # was bayes"),
                    HasSubstr("# there was no run_cap"),
                    HasSubstr("metric: {name: loss, goal: minimize}  # was not there; needed"),
                    HasSubstr("#   early_terminate: {type: hyperband}")));
  EXPECT_EQ(spec_of(yaml).method, Method::sobol);
}

}  // namespace
}  // namespace tarama::config
