// Scripts that know nothing but `wandb`, from the sweep file of Weights & Biases to the answer.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <string>

namespace tarama::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class WandbSweep : public SweepFixture {
 protected:
  /// The sweep file that the import of `wandb.yaml` makes.
  std::string imported() {
    const ProgramResult result = tarama({"import", "wandb", (folder() / "wandb.yaml").string()});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("train.py imports wandb"));
    return write("sweep.yaml", result.output);
  }
};

TEST_F(WandbSweep, RunsAsItIsAndItsNumbersArrive) {
  write("train.py",
        "import wandb\n"
        "run = wandb.init(config={'lr': 9, 'optimizer': {'name': 'none', 'decay': 0.5}})\n"
        "config = wandb.config\n"
        "assert config.amp is True and config.optimizer['decay'] == 0.5\n"
        "for epoch in range(3):\n"
        "    wandb.log({'epoch': epoch, 'val': {'acc': config.lr * epoch}, 'word': 'x'})\n"
        "run.summary['used'] = len(config.optimizer['name'])\n");
  write("wandb.yaml",
        "program: train.py\nmethod: grid\nmetric: {name: val.acc, goal: maximize}\n"
        "command: [\"${env}\", \"${interpreter}\", \"${program}\"]\n"
        "parameters:\n  lr: {values: [1, 2]}\n  amp: {value: true}\n"
        "  optimizer: {parameters: {name: {value: adam}}}\n");

  const ProgramResult result = tarama({"run", imported(), "--json"});

  ASSERT_EQ(result.exit_code, 0) << result.errors << result.output;
  EXPECT_EQ(result.json()["best"]["params"]["lr"], 2);
  EXPECT_EQ(query("SELECT step, epoch, name, value FROM metrics WHERE run_id = 1 "
                  "ORDER BY name, step"),
            json::parse(R"([{"step": 3, "epoch": null, "name": "used", "value": 4},
                            {"step": 0, "epoch": 0, "name": "val.acc", "value": 0},
                            {"step": 1, "epoch": 1, "name": "val.acc", "value": 1},
                            {"step": 2, "epoch": 2, "name": "val.acc", "value": 2}])"));
}

TEST_F(WandbSweep, TheModuleIsTheOneThatHelperPrintsAndOthersDoNotGetIt) {
  write("train.py",
        "import json, sys\n"
        "try:\n    import wandb\n    where = wandb.__file__\nexcept ImportError:\n    where = ''\n"
        "print(json.dumps({'found': int('python/wandb/wandb.py' in where)}))\n");
  const std::string file = write("sweep.yaml",
                                 "name: plain\ntrainer: {command: [python3, train.py]}\n"
                                 "parameters: {x: {value: 1}}\n"
                                 "metric: {name: found, goal: maximize}\n");

  ASSERT_EQ(tarama({"run", file, "--quiet"}).exit_code, 0);
  EXPECT_EQ(query("SELECT metric FROM results"), json::parse(R"([{"metric": 0}])"));

  write("train.py",
        "import wandb\nwandb.init()\nhelper = open(wandb.__file__).read()\n"
        "wandb.log({'found': int('Stands in for' in helper and len(helper))})\n");
  write("sweep.yaml",
        "name: chosen\ntrainer: {command: [python3, train.py], metrics: wandb}\n"
        "parameters: {x: {value: 1}}\n"
        "metric: {name: found, goal: maximize}\n");

  ASSERT_EQ(tarama({"run", file, "--quiet"}).exit_code, 0);
  const std::string printed = tarama({"helper", "wandb"}).output;
  EXPECT_EQ(query("SELECT metric FROM results WHERE sweep_id = 2")[0]["metric"], printed.size());
}

}  // namespace
}  // namespace tarama::test
