// Scripts of sweeps of Weights & Biases: which of them report by `wandb`, and what the sweep that
// is made says of it.
#include "tests/unit/config/wandb_fixture.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace tarama::config::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class WandbScripts : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << text;
  }

  WandbImport import(const std::string& more) {
    write("w.yaml", "program: train.py\nmethod: grid\n" + more);
    return import_wandb(folder_.path() / "w.yaml");
  }

  WandbImport import_plain() {
    return import("metric: {name: acc, goal: maximize}\nparameters: {lr: {values: [1, 2]}}\n");
  }

  tarama::test::TempFolder folder_;
};

TEST_F(WandbScripts, ThatImportWandbGetTheModuleInItsPlace) {
  write("train.py", "import os, wandb as w\n");

  const WandbImport imported = import_plain();

  EXPECT_THAT(said_of(imported), Contains(HasSubstr("train.py imports wandb, so that")));
  EXPECT_THAT(said_of(imported), Not(Contains(HasSubstr("holds none here"))));
  EXPECT_EQ(spec_of(imported.yaml).program->metrics, MetricsFrom::wandb);
}

TEST_F(WandbScripts, MayImportItFromAModuleOfTheirOwn) {
  write("train.py", "from lib.loops import fit\nimport numpy as np\n");
  write("lib/__init__.py", "");
  write("lib/loops.py", "from . import track  # of this folder\n");
  write("lib/track.py", "    from wandb.errors import CommError\n");

  EXPECT_THAT(said_of(import_plain()), Contains(HasSubstr("lib/track.py imports wandb")));
}

TEST_F(WandbScripts, ThatReportOtherwiseKeepTheirWay) {
  write("train.py", "import json\n# import wandb\nprint('import wandb')\n");

  const WandbImport imported = import_plain();

  EXPECT_THAT(said_of(imported), Contains(HasSubstr("It does not import wandb; where")));
  EXPECT_EQ(spec_of(imported.yaml).program->metrics, MetricsFrom::standard_output);
}

TEST_F(WandbScripts, ThatAreNotThereAreSaidToBe) {
  EXPECT_THAT(said_of(import_plain()), Contains(HasSubstr("It was not found beside the file")));
}

TEST_F(WandbScripts, ThatRankRunsByTheBestValueTakeItHereToo) {
  write("train.py",
        "import wandb\nwandb.define_metric('other', summary='min')\n"
        "wandb.define_metric('acc',\n    summary = 'max')\n");

  EXPECT_EQ(spec_of(import_plain().yaml).metric.take, Take::best);

  write("train.py", "import wandb\nwandb.define_metric('acc', step_metric='max')\n");
  EXPECT_EQ(spec_of(import_plain().yaml).metric.take, Take::last);
}

TEST_F(WandbScripts, AreToldTheNamesThatTheSweepFileHas) {
  write("train.py", "import wandb\n");

  const WandbImport imported = import(
      "metric: {name: acc, goal: maximize}\ncommand: [\"${env}\", \"${interpreter}\", "
      "\"${program}\"]\nparameters:\n  optimizer: {parameters: {lr: {value: 0.1}}}\n"
      "  model.width: {value: 8}\n  a b: {value: 1}\n  seed: {values: [1, 2]}\n");

  EXPECT_THAT(said_of(imported), Not(Contains(HasSubstr("TARAMA_PARAMS alone"))));
  EXPECT_THAT(
      spec_of(imported.yaml).program->command,
      ElementsAre("env",
                  "TARAMA_WANDB_NAMES={{\"a_b\":[\"a b\"],\"model.width\":[\"model.width\"],"
                  "\"seed\":[\"seed\"]}}",
                  "python3",
                  "train.py"));
}

TEST_F(WandbScripts, AreWarnedOfTextsThatBecomeWords) {
  write("train.py", "import wandb\n");

  EXPECT_THAT(said_of(import("metric: {name: acc}\nparameters: {x: {values: [\"True\", a]}}\n")),
              Contains(HasSubstr("parameters.x: texts that Python has as words")));
}

}  // namespace
}  // namespace tarama::config::test
