// Sweep files in which a program trains.
#include "core/search/grid.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/config/config_warnings.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/spec_yaml.hpp"
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ProgramFiles : public ConfigFixture {
 protected:
  static std::string file(const std::string& trainer,
                          const std::string& parameters = "{lr: {values: [0.1, 1e-2]}}",
                          const std::string& more = "metric: {name: val/acc, goal: maximize}\n") {
    return fmt::format("name: p\ntrainer: {}\nparameters: {}\n{}", trainer, parameters, more);
  }

  SweepFileOutcome of(const std::string& command) {
    return read(file(fmt::format("{{command: {}}}", command)));
  }
};

TEST_F(ProgramFiles, NeedNothingOfTheBuiltInTrainer) {
  const SweepFileOutcome outcome = read(file(
      "{command: [python, train.py, \"--lr={lr}\", 10, \"{seed}\"], silence: none, grace: 5s, "
      "memory: 8G, on_log: "
      "[{pattern: no room, class: disk_full}]}",
      "{lr: {values: [0.1, 1.0]}, optimizer.name: {values: [sgd, adam]}, momentum: {min: 0.5, max: "
      "1, count: 3, when: {optimizer.name: sgd}}}"));

  ASSERT_THAT(printed(outcome), IsEmpty());
  const SweepSpec& spec = outcome.file->spec;
  EXPECT_THAT(spec.program->command,
              ElementsAre("python", "train.py", "--lr={lr}", "10", "{seed}"));
  EXPECT_EQ(spec.program->silence, std::nullopt);
  EXPECT_EQ(spec.program->grace, std::chrono::seconds(5));
  EXPECT_EQ(spec.program->memory, std::int64_t{8} << 30);
  EXPECT_THAT(spec.program->on_log, ElementsAre(LogRule{"no room", FailureClass::disk_full}));
  EXPECT_EQ(
      spec.metric,
      (Metric{.name = MetricName::reported, .goal = Goal::maximize, .program_name = "val/acc"}));
  const auto levels = expand_levels(spec);
  ASSERT_TRUE(levels.has_value());
  EXPECT_EQ(levels->size(), 8U);  // 2 x (3 of sgd + 1 of adam)
  EXPECT_EQ(levels->front().params,
            (LevelParams{{"lr", 0.1}, {"optimizer.name", "sgd"}, {"momentum", 0.5}}));
  EXPECT_EQ(*sweep_spec_from_json(to_json(spec)), spec);
}

TEST_F(ProgramFiles, SayWhereAPlaceForAParameterIsWrong) {
  EXPECT_THAT(
      printed(of("[python, \"{lrr}\"]")),
      ElementsAre(HasSubstr("2:29: trainer.command: {lrr} is no parameter here; did you mean "
                            "'lr'?")));
  EXPECT_THAT(printed(of("[python, \"{\"]")), ElementsAre(HasSubstr("write {{")));
  EXPECT_THAT(printed(of("[\"{lr}\"]")), ElementsAre(HasSubstr("the same for all runs")));
  EXPECT_THAT(printed(of("python train.py")),
              ElementsAre(HasSubstr("expected a list of the program")));
  EXPECT_THAT(printed(of("[python, {lr}]")),
              ElementsAre(HasSubstr("YAML needs quotes around braces")));
}

TEST_F(ProgramFiles, AConditionIsForParametersThatAreTrueOrFalse) {
  const auto said = [&](const std::string& argument, const std::string& values) {
    return printed(
        read(file(fmt::format("{{command: [a, \"{}\"]}}", argument), "{x: " + values + "}")));
  };
  EXPECT_THAT(said("{?x}--x", "{values: [true, false]}"), IsEmpty());
  EXPECT_THAT(said("{?x}--x", "{values: [\"True\", \"False\"]}"), IsEmpty());
  EXPECT_THAT(said("{?x}--x", "{values: [true, 1]}"),
              ElementsAre(HasSubstr("{?x} expects values that are true or false; {x} takes any")));
  EXPECT_THAT(said("{?y}--x", "{value: true}"), ElementsAre(HasSubstr("{y} is no parameter here")));
  EXPECT_THAT(said("{?seed}--x", "{value: true}"),
              ElementsAre(HasSubstr("{?seed} is never true or false")));
}

TEST_F(ProgramFiles, TakeParametersThatAreCalledLikeKeysOfTheBuiltInTrainer) {
  std::vector<std::string> names = {"train", "eval", "name", "goal", "q", "replicates"};
  for (const KeyRule& rule : key_rules()) {
    if (find_axis_rule(bare_name(rule.key)) == &rule) {
      names.push_back(bare_name(rule.key));
    }
  }
  ASSERT_THAT(names, testing::IsSupersetOf({"path", "vocab", "lr", "layers"}));
  for (const std::string& name : names) {
    const SweepFileOutcome outcome =
        read(file("{command: [a]}", fmt::format("{{{}: {{values: [nosuch, 17]}}}}", name)));
    EXPECT_THAT(printed(outcome), IsEmpty()) << name;
    EXPECT_THAT(config_warnings(*outcome.file), IsEmpty()) << name;
  }
}

TEST_F(ProgramFiles, RangesBetweenWholeNumbersAreOfWholeNumbers) {
  const auto drawn = [&](const std::string& range) {
    const SweepFileOutcome outcome =
        read(file("{command: [a]}",
                  fmt::format("{{x: {{{}}}}}", range),
                  "method: random\nmax_runs: 3\nmetric: {name: m, goal: maximize}\n"));
    EXPECT_THAT(printed(outcome), IsEmpty()) << range;
    const SweepFileOutcome again = read(yaml_of(outcome.file->spec));
    EXPECT_EQ(again.file->spec, outcome.file->spec) << range;
    return *outcome.file->spec.parameters.front().drawn;
  };
  const DrawnRange whole{.min = 2, .max = 4, .is_whole = true};
  EXPECT_EQ(drawn("min: 2, max: 4"), whole);
  EXPECT_EQ(drawn("min: 2, max: 4, distribution: int"), whole);
  EXPECT_EQ(drawn("min: 2, max: 4, distribution: uniform"), (DrawnRange{.min = 2, .max = 4}));
  EXPECT_EQ(drawn("min: 2, max: 4.0"), (DrawnRange{.min = 2, .max = 4}));
  EXPECT_EQ(drawn("min: 2, max: 4, q: 0.5"), (DrawnRange{.min = 2, .max = 4, .q = 0.5}));
  EXPECT_EQ(drawn("min: 2, max: 8, q: 2, distribution: int"),
            (DrawnRange{.min = 2, .max = 8, .q = 2, .is_whole = true}));
  EXPECT_THAT(
      printed(read(file("{command: [a]}",
                        "{x: {min: 0.5, max: 4, distribution: int}}",
                        "method: random\nmax_runs: 3\nmetric: {name: m, goal: maximize}\n"))),
      ElementsAre(HasSubstr("'min': distribution: int expects a whole number, but found 0.5")));
}

TEST_F(ProgramFiles, SayWhatIsNotForPrograms) {
  EXPECT_THAT(printed(read(file("{command: [a]}",
                                "{x: {value: 1}}",
                                "metric: {name: m, goal: minimize}\ntraining: {batch_size: 8}\n"))),
              ElementsAre(HasSubstr("training: it is for the built-in trainer")));
  EXPECT_THAT(printed(read(file("{command: [a]}", "{seed: {values: [1, 2]}}"))),
              ElementsAre(HasSubstr("'seed' cannot name a parameter")));
}

TEST_F(ProgramFiles, NeedAMetricAndWhichOfItsValuesAreBetter) {
  EXPECT_THAT(printed(read(file("{command: [a]}", "{x: {value: 1}}", ""))),
              ElementsAre(HasSubstr("'metric.name' is missing")));
  EXPECT_THAT(printed(read(file("{command: [a]}", "{x: {value: 1}}", "metric: {name: loss}\n"))),
              ElementsAre(HasSubstr("'metric.goal' is missing")));
  EXPECT_THAT(printed(read(file("{command: [a], grace: 5m}"))),
              ElementsAre(HasSubstr("at most 50s")));
  EXPECT_THAT(printed(read(file("{command: [a], memory: 8}"))),
              ElementsAre(HasSubstr("an amount of memory such as 8G")));
  EXPECT_THAT(printed(read(file("{command: [a], inputs: none/there}"))),
              ElementsAre(HasSubstr("trainer.inputs: there is no file or folder")));
  EXPECT_THAT(printed(read(file("{command: [a], on_log: [{pattern: x, class: oom}]}"))),
              ElementsAre(HasSubstr("expected one of program_error, diverged, out_of_memory")));
}

TEST_F(ProgramFiles, HaveNoOrderByWhatTheirRunsCost) {
  EXPECT_THAT(printed(read(file("{command: [a]}") + "order: cheapest_first\n")),
              ElementsAre(HasSubstr("expected as_listed or random")));
  EXPECT_EQ(read(file("{command: [a]}") + "order: random\n").file->spec.order, OrderBy::random);
}

TEST_F(ProgramFiles, AParameterThatNoArgumentHoldsIsWarnedOf) {
  const SweepFileOutcome outcome =
      read(file("{command: [a, \"{x}\"]}", "{x: {value: 1}, y: {value: 2}}"));

  ASSERT_THAT(printed(outcome), IsEmpty());
  const auto warnings = config_warnings(*outcome.file);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].code, "unused_parameter");
}

}  // namespace

}  // namespace tarama::config::test
