// Sweep files of Weights & Biases that name their program.
#include "core/search/grid.hpp"
#include "core/sweep/argument_template.hpp"
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/wandb_import.hpp"
#include "tests/unit/config/wandb_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::config::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(WandbProgram, IsRunWithTheArgumentsThatAnAgentWouldGiveIt) {
  const WandbImport imported = import_wandb_text(
      "program: train.py\nmethod: grid\nname: w\nmetric: {name: val_loss, goal: minimize}\n"
      "parameters:\n  lr: {values: [0.1, 0.01]}\n  optimizer: {value: adam}\n"
      "  epochs: {min: 1, max: 3}\n  seed: {values: [1, 2]}\n",
      "w.yaml");

  EXPECT_THAT(said_of(imported), ElementsAre(HasSubstr("wandb.config holds none here")));
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
  EXPECT_THAT(spec.program->inputs, IsEmpty());  // nobody knows what else its numbers depend on
}

TEST(WandbProgram, ValuesComeAsPythonPrintsThem) {
  EXPECT_THAT(values_passed("values: [true, no, On, \"true\"]"),
              ElementsAre("True", "False", "true"));
  EXPECT_THAT(values_passed("values: [1, 0.5, 1e-5, 1e-3, adam, yes please]"),
              ElementsAre("1", "0.5", "1e-05", "0.001", "adam", "yes please"));
  EXPECT_THAT(values_passed("values: [\"1.10\", 1.1, \"0.1\", 0.1]"),
              ElementsAre("1.10", "1.1", "0.1", "0.1"));
  EXPECT_THAT(values_passed("value: [1, a, true, null, {b: 2.5, a: \"x'y\"}]"),
              ElementsAre("[1, 'a', True, None, {'a': \"x'y\", 'b': 2.5}]"));
  EXPECT_THAT(values_passed("values: [\"\", \"${HOME}/x ${now:%Y}\", \"a\\nb\", \"null\", '{x}']"),
              ElementsAre("", "${HOME}/x ${now:%Y}", "a\nb", "null", "{x}"));
  EXPECT_THAT(values_passed("value: !!float 1e-5"), ElementsAre("1e-05"));
  EXPECT_THAT(values_passed("values: [9007199254740993, [9007199254740993], 007x, \"007\", -0.0]"),
              ElementsAre("9007199254740993", "[9007199254740993]", "007x", "007", "0"));
  EXPECT_THAT(import_wandb_text(grid_with("values: [\"007\", \"on\", \"Null\", y]"), "w.yaml").yaml,
              HasSubstr("x: {values: [\"007\", \"on\", \"Null\", \"y\"]}\n"));
  EXPECT_THAT(values_passed("value: 123456789012345678901234567890"),
              ElementsAre("123456789012345678901234567890"));
}

TEST(WandbProgram, ValuesThatPythonReadsOtherwiseAreRefused) {
  for (const char* const value : {"1_000", "0x10", "010", "1:30", ".inf", "[0x10]"}) {
    EXPECT_THAT(refusals(fmt::format("value: {}", value)),
                ElementsAre(HasSubstr("is another number to Python than it looks")))
        << value;
  }
  EXPECT_THAT(
      refusals("values: [1, null]"),
      ElementsAre(HasSubstr("w.yaml:5:19: parameters.x: null is no value that W&B's agent")));
}

TEST(WandbProgram, WholeNumbersWithAPointAreWarnedOf) {
  const WandbImport imported = import_wandb_text(grid_with("values: [0.5, 1.0]"), "w.yaml");

  EXPECT_THAT(said_of(imported), Contains(HasSubstr("w.yaml:5: parameters.x: whole numbers come")));
  EXPECT_THAT(imported.yaml,
              HasSubstr("x: {values: [0.5, 1.0]}  # 1.0 comes to the program as 1\n"));
}

TEST(WandbProgram, MacrosOfACommandAreExpanded) {
  const std::string yaml =
      import_wandb_text(
          "command: [\"${env}\", torchrun, --nproc=2, \"${program}\", \"${args_no_hyphens}\", "
          "\"--out={x}\", 3, true, \"hydra.run.dir=runs/${run}/${now:%Y}\", \"x=${program}\", "
          "\"a ${envvar:HOME} {b}\"]\n"
          "program: src/main.py\nmethod: random\nrun_cap: 7\nmetric: {name: Val Acc, goal: "
          "maximize}\n"
          "parameters:\n  model.dropout: {distribution: q_uniform, min: 0, max: 0.5, q: 0.1}\n"
          "  units: {min: 16, max: 64}\n  lr: {distribution: log_uniform_values, min: 1e-4, max: "
          "0.1}\n",
          "w.yaml")
          .yaml;

  EXPECT_THAT(yaml,
              AllOf(HasSubstr("model.dropout: {min: 0, max: 0.5, q: 0.1}"),
                    HasSubstr("units: {min: 16, max: 64, distribution: int}"),
                    HasSubstr("max_runs: 7  # was run_cap")));
  EXPECT_THAT(spec_of(yaml).program->command,
              ElementsAre("torchrun",
                          "--nproc=2",
                          "src/main.py",
                          "model.dropout={model.dropout}",
                          "units={units}",
                          "lr={lr}",
                          "--out={{x}}",
                          "3",
                          "True",
                          "hydra.run.dir=runs/${{run}}/${{now:%Y}}",
                          "x=${{program}}",
                          "a of-tests {{b}}"));
}

TEST(WandbProgram, FlagsAreThereWhereTheyAreTrue) {
  const SweepSpec spec = spec_of(
      import_wandb_text(
          "command: [accelerate, launch, \"${program}\", \"${args_no_boolean_flags}\"]\n"
          "program: t.py\nmethod: grid\nmetric: {name: m}\n"
          "parameters: {amp: {values: [true, false]}, fast: {value: true}, lr: {value: 0.1}}\n",
          "w.yaml")
          .yaml);

  EXPECT_THAT(
      spec.program->command,
      ElementsAre("accelerate", "launch", "t.py", "{?amp}--amp", "{?fast}--fast", "--lr={lr}"));
  EXPECT_THAT(commands_of(spec),
              UnorderedElementsAre("accelerate launch t.py --amp --fast --lr=0.1",
                                   "accelerate launch t.py --fast --lr=0.1"));
}

TEST(WandbProgram, AnArgumentAndItsValueMayBeTwoWords) {
  EXPECT_THAT(spec_of(import_wandb_text("command: [\"${interpreter}\", \"${program}\", "
                                        "\"${args_no_equals}\"]\nprogram: t.py\nmethod: grid\n"
                                        "metric: {name: m}\nparameters: {lr: {value: 0.1}}\n",
                                        "w.yaml")
                          .yaml)
                  .program->command,
              ElementsAre("python3", "t.py", "--lr", "{lr}"));
}

TEST(WandbProgram, CommandsThatCannotBeSaidAreRefusedWithTheRemedy) {
  const auto said = [](const std::string& command) {
    return said_of(import_wandb_text(
        "program: t.py\nmethod: grid\nmetric: {name: m}\nparameters: {x: {values: [true, 1]}}\n"
        "command: " +
            command + "\n",
        "w.yaml"));
  };
  EXPECT_THAT(said("[\"${program}\", \"${args_json}\"]"),
              ElementsAre(AllOf(HasSubstr("w.yaml:5:25: "), HasSubstr("TARAMA_PARAMS"))));
  EXPECT_THAT(said("[a, \"${args_json_file}\"]"), ElementsAre(HasSubstr("TARAMA_PARAMS")));
  EXPECT_THAT(said("[a, \"${args}\", \"${PYTHONPATH}\"]"),
              ElementsAre(HasSubstr("W&B has no macro ${PYTHONPATH}")));
  EXPECT_THAT(said("[a, \"${argz}\"]"), Contains(HasSubstr("W&B has no macro ${argz}")));
  EXPECT_THAT(said("python t.py"), ElementsAre(HasSubstr("command: expected a list of words")));
  EXPECT_THAT(said("[a, {b: 1}]"), ElementsAre(HasSubstr("command: expected words")));
  EXPECT_THAT(said("[\"${args}\", a]"), ElementsAre(HasSubstr("nothing that can be run before")));
  EXPECT_THAT(said("[a, \"${args_no_boolean_flags}\"]"),
              ElementsAre(HasSubstr("give it values of one kind")));
  EXPECT_THAT(said("[a]"), Contains(HasSubstr("by the variable TARAMA_PARAMS alone")));
}

TEST(WandbProgram, EnvStaysWhereItSetsSomething) {
  const WandbImport imported = import_wandb_text(
      "command: [\"${env}\", CUDA_VISIBLE_DEVICES=0, python, t.py, \"${args}\"]\nmethod: grid\n"
      "metric: {name: m}\nparameters: {x: {value: 1}}\n",
      "w.yaml");

  EXPECT_THAT(spec_of(imported.yaml).program->command,
              ElementsAre("env", "CUDA_VISIBLE_DEVICES=0", "python", "t.py", "--x={x}"));
  EXPECT_THAT(said_of(imported), Contains(HasSubstr("takes the place of the GPU")));
}

TEST(WandbProgram, NestedParametersComeAsOneMapOfPython) {
  const std::string yaml =
      import_wandb_text(
          "program: t.py\nmethod: grid\nmetric: {name: m}\nparameters:\n"
          "  optimizer: {parameters: {name: {values: [adam, sgd]}, lr: {value: 0.1},"
          " amp: {value: true}, more: {parameters: {a: {value: [1]}}}}}\n",
          "w.yaml")
          .yaml;

  EXPECT_THAT(commands_of(spec_of(yaml)),
              UnorderedElementsAre("python3 t.py --optimizer={'amp': True, 'lr': 0.1, 'more': "
                                   "{'a': [1]}, 'name': 'adam'}",
                                   "python3 t.py --optimizer={'amp': True, 'lr': 0.1, 'more': "
                                   "{'a': [1]}, 'name': 'sgd'}"));
  EXPECT_THAT(
      said_of(import_wandb_text("program: t.py\nmethod: grid\nmetric: {name: m}\nparameters:\n"
                                "  optimizer: {parameters: {name: {values: [adam, 1]}}}\n",
                                "w.yaml")),
      ElementsAre(HasSubstr("w.yaml:5:28: parameters.optimizer.name: within a nested map")));
}

TEST(WandbProgram, ArgumentsKeepNamesThatAParameterCannotHave) {
  const WandbImport imported = import_wandb_text(
      "program: t.py\nmethod: random\nrun_cap: 3\nmetric: {name: m}\nparameters:\n"
      "  +model/net: {values: [a, b]}\n  model.net: {value: 1}\n  _model_net: {value: 2}\n"
      "  run_dir: {value: x}\n  seed: {values: [1, 5]}\n",
      "w.yaml");

  EXPECT_THAT(spec_of(imported.yaml).program->command,
              ElementsAre("python3",
                          "t.py",
                          "--+model/net={_model_net}",
                          "--model.net={model.net}",
                          "--_model_net={_model_net_2}",
                          "--run_dir={run_dir_value}",
                          "--seed={seed_value}"));
  EXPECT_THAT(imported.yaml, HasSubstr("_model_net: {values: [a, b]}  # was +model/net\n"));
  EXPECT_THAT(said_of(imported),
              Contains(HasSubstr("w.yaml:6: parameters.+model/net: here it is")));
}

TEST(WandbProgram, SeedsAreReplicatesWhereTheyFollowOneAnother) {
  const auto imported = [](const std::string& method, const std::string& seed) {
    return spec_of(
        import_wandb_text("program: t.py\nmethod: " + method +
                              "\nmetric: {name: m}\nrun_cap: 6\nparameters: {x: {values: "
                              "[1, 2, 3, 4, 5, 6, 7]}, seed: {" +
                              seed + "}}\n",
                          "w.yaml")
            .yaml);
  };
  const SweepSpec grid = imported("grid", "values: [3, 2, 4]");
  EXPECT_EQ(grid.seed, 2);
  EXPECT_EQ(grid.replicates, 3);
  const SweepSpec one = imported("random", "value: 1332");
  EXPECT_EQ(one.seed, 1332);
  EXPECT_EQ(one.replicates, 1);
  for (const auto& [method, seed] : {std::pair{"grid", "values: [12, 77]"},
                                     std::pair{"random", "values: [0, 1, 2, 3]"},
                                     std::pair{"random", "min: 1, max: 100"},
                                     std::pair{"grid", "value: none"}}) {
    const SweepSpec spec = imported(method, seed);
    EXPECT_EQ(spec.replicates, 1) << seed;
    EXPECT_EQ(spec.parameters.back().key, "seed_value") << seed;
    EXPECT_EQ(spec.program->command.back(), "--seed={seed_value}") << seed;
  }
}

TEST(WandbProgram, RunsThatAreStoppedEarlyThereAreComparedAtTheSameIterations) {
  const auto rungs = [](const std::string& early_terminate) {
    const std::string yaml = import_wandb_text(
                                 "program: a.py\nmethod: random\nrun_cap: 9\n"
                                 "metric: {name: loss, goal: minimize}\n"
                                 "parameters: {x: {min: 0.5, max: 2}}\nearly_terminate: " +
                                     early_terminate + "\n",
                                 "w.yaml")
                                 .yaml;
    return spec_of(yaml).rungs;
  };

  EXPECT_EQ(rungs("{type: hyperband, min_iter: 3}"),
            (Rungs{.eta = 3, .first = 3, .end = std::nullopt}));
  EXPECT_EQ(rungs("{type: hyperband, max_iter: 27, s: 2, eta: 3, strict: true}"),
            (Rungs{.eta = 3, .first = 3, .end = 27}));
  EXPECT_EQ(rungs("{type: envelope}"), std::nullopt);
}

TEST(WandbProgram, SaysWhatItCouldNotKnow) {
  const WandbImport imported = import_wandb_text(
      "program: src/a.py\nmethod: random\nparameters: {x: {min: 0.5, max: 2}}\n"
      "early_terminate: {type: hyperband}\nproject: p\ntags: [i]\n",
      "dir/w.yaml");

  EXPECT_THAT(imported.yaml,
              AllOf(HasSubstr("name: a-w\n"),
                    HasSubstr("# there was no run_cap"),
                    HasSubstr("metric: {name: loss, goal: minimize}  # was not there; needed"),
                    HasSubstr("#   early_terminate: {type: hyperband}"),
                    HasSubstr("#   project: p\n"),
                    HasSubstr("#   tags: [i]\n")));
  EXPECT_THAT(said_of(imported),
              AllOf(Contains(HasSubstr("there is no run_cap")),
                    Contains(HasSubstr("the key 'metric' is missing")),
                    Contains(HasSubstr("tags: there is no counterpart"))));
  EXPECT_EQ(spec_of(imported.yaml).method, Method::random);
}

TEST(WandbProgram, BayesLearnsFromTheRunsHereToo) {
  const std::string yaml = import_wandb_text(
                               "program: a.py\nmethod: bayes\nrun_cap: 9\nmetric: {name: m}\n"
                               "parameters: {x: {min: 0.5, max: 2}}\n",
                               "w.yaml")
                               .yaml;
  EXPECT_THAT(yaml, HasSubstr("method: tpe  # was bayes\nmax_runs: 9"));
  EXPECT_EQ(spec_of(yaml).method, Method::tpe);
  EXPECT_THAT(said_of(import_wandb_text(
                  "program: a.py\nmethod: bayes\nparameters: {x: {min: 0.5, max: 2}}\n", "w.yaml")),
              ElementsAre(HasSubstr("'metric' is missing, which W&B needs")));
}

TEST(WandbProgram, AGridSaysThatItHasNoCap) {
  const std::string file =
      "program: a.py\nmethod: grid\nmetric: {name: m}\nparameters: {x: {values: [1, 2, 3]}}\n";
  const WandbImport capped = import_wandb_text(file + "run_cap: 2\n", "w.yaml");

  EXPECT_THAT(said_of(capped), Contains(HasSubstr("w.yaml:5: run_cap: W&B ends the grid after 2")));
  EXPECT_THAT(capped.yaml, HasSubstr("# There was a run_cap of 2; a grid runs all of its 3 "));
  EXPECT_THAT(said_of(import_wandb_text(file + "run_cap: 3\n", "w.yaml")),
              Not(Contains(HasSubstr("run_cap"))));
  EXPECT_THAT(said_of(import_wandb_text(file + "run_cap: many\n", "w.yaml")),
              ElementsAre(HasSubstr("run_cap: expected a whole number")));
}

TEST(WandbProgram, NamesAreThoseThatASweepMayHave) {
  const auto name_of_file = [](const std::string& name) {
    return spec_of(import_wandb_text(
                       "program: a.py\nmethod: grid\nmetric: {name: m}\nparameters: {x: {value: "
                       "1}}\nname: " +
                           name + "\n",
                       "sweep.yaml")
                       .yaml)
        .name;
  };
  EXPECT_EQ(name_of_file("exp/1"), "exp-1");
  EXPECT_EQ(name_of_file("123"), "sweep-123");
  EXPECT_EQ(name_of_file("last"), "sweep-last");
  EXPECT_EQ(name_of_file("\"true\""), "true");
  EXPECT_EQ(name_of_file("\"a${b} c\""), "a${b} c");
  EXPECT_EQ(name_of_file("\"\""), "a-sweep");
}

TEST(WandbProgram, WhatItWouldPassOverIsRefused) {
  const auto said = [](const std::string& lines) {
    return said_of(import_wandb_text(
        "program: a.py\nmetric: {name: m}\nparameters: {x: {value: 1}}\n" + lines, "w.yaml"));
  };
  EXPECT_THAT(said(""), ElementsAre(HasSubstr("the key 'method' is missing")));
  EXPECT_THAT(said("method: hyperopt\n"),
              ElementsAre(HasSubstr("w.yaml:4:1: method: expected grid, random or bayes")));
  EXPECT_THAT(said("method: grid\nruncap: 3\n"),
              ElementsAre(HasSubstr("W&B knows no key 'runcap'; did you mean 'run_cap'?")));
  EXPECT_THAT(said("method: grid\nmethod: random\n"), ElementsAre(HasSubstr("second time")));
  EXPECT_THAT(said("method: grid\nmetrics: [{name: a}, {name: b}]\n"),
              ElementsAre(HasSubstr("several metrics")));
  EXPECT_THAT(said("method: grid\njob: a/b/job:latest\n"),
              ElementsAre(HasSubstr("what W&B Launch runs cannot be run here")));
}

}  // namespace
}  // namespace tarama::config::test
