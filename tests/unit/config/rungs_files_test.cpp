// `rungs` of sweep files, and the methods that stand for them.
#include "orchestrator/config/spec_yaml.hpp"
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RungFiles : public ConfigFixture {
 protected:
  SweepFileOutcome of_built_in(const std::string& more) {
    return read(
        "name: r\nparameters:\n  lr: {min: 1e-5, max: 1e-3}\n  warmup: {value: 0.1}\n"
        "  epochs: {min: 2, max: 9}\ndata: {train: train.tsv, eval: eval.tsv, text: 1, "
        "label: 0}\nmodel: {path: model}\n" +
        more + "\n");
  }

  SweepFileOutcome of_program(const std::string& more) {
    return read(
        "name: p\ntrainer: {command: [python, train.py]}\n"
        "parameters: {lr: {min: 0.1, max: 1}}\nmetric: {name: cost, goal: minimize}\n" +
        more + "\n");
  }

  static std::optional<Rungs> rungs_of(const SweepFileOutcome& outcome) {
    return outcome.file ? outcome.file->spec.rungs : std::nullopt;
  }
};

TEST_F(RungFiles, OfTheBuiltInTrainerNeedNoWord) {
  const SweepFileOutcome outcome = of_built_in("method: asha\nmax_runs: 40");

  ASSERT_THAT(printed(outcome), IsEmpty());
  EXPECT_EQ(rungs_of(outcome), Rungs{});
  EXPECT_EQ(outcome.file->spec.order, OrderBy::as_listed);
}

TEST_F(RungFiles, OfAProgramAreItsSteps) {
  EXPECT_EQ(rungs_of(of_program("method: asha\nmax_runs: 9\nrungs: {min_resource: 10, eta: 4}")),
            (Rungs{.eta = 4, .first = 10, .end = std::nullopt}));
}

TEST_F(RungFiles, OfHyperbandHaveAllBrackets) {
  EXPECT_EQ(rungs_of(of_built_in("method: hyperband\nmax_runs: 9")), (Rungs{.brackets = 3}));
  EXPECT_EQ(rungs_of(of_program(
                "method: hyperband\nmax_runs: 9\nrungs: {min_resource: 1, max_resource: 81}")),
            (Rungs{.eta = 3, .first = 1, .end = 81, .brackets = 5}));
}

TEST_F(RungFiles, GoWithAnyMethod) {
  EXPECT_EQ(rungs_of(of_built_in("method: tpe\nmax_runs: 40\nrungs: {eta: 2}")),
            (Rungs{.eta = 2, .first = 0.25}));
  EXPECT_EQ(rungs_of(read(right_file + "rungs: {min_resource: 0.5}\n")), (Rungs{.first = 0.5}));
  EXPECT_EQ(rungs_of(of_built_in("method: random\nmax_runs: 40")), std::nullopt);
}

TEST_F(RungFiles, AreWrittenAsTheyAreRead) {
  for (const char* const more : {"method: hyperband\nmax_runs: 9",
                                 "method: tpe\nmax_runs: 12\nrungs: {eta: 2}",
                                 "method: asha\nmax_runs: 12\norder: longest_first"}) {
    const SweepFileOutcome first = of_built_in(more);
    ASSERT_THAT(printed(first), IsEmpty());
    const SweepFileOutcome second = read(yaml_of(first.file->spec));
    ASSERT_THAT(printed(second), IsEmpty());
    EXPECT_EQ(second.file->spec, first.file->spec);
  }
  const SweepFileOutcome first =
      of_program("method: hyperband\nmax_runs: 9\nrungs: {min_resource: 1, max_resource: 81}");
  EXPECT_EQ(read(yaml_of(first.file->spec)).file->spec, first.file->spec);
}

TEST_F(RungFiles, CompareOneSeedAndGiveTheOthersToThoseThatAreLeft) {
  const SweepFileOutcome outcome =
      of_built_in("method: asha\nmax_runs: 40\nreplicates: {first: 3, budget: 20}");

  ASSERT_THAT(printed(outcome), IsEmpty());
  EXPECT_EQ(outcome.file->spec.replicates, 1);
  EXPECT_EQ(outcome.file->refinement->first, 3);
  EXPECT_THAT(printed(of_built_in("method: asha\nmax_runs: 40\nreplicates: 3")),
              ElementsAre(HasSubstr("write replicates: {first: 3, budget: RUNS}")));
}

TEST_F(RungFiles, RestartWithMoreOfAParameter) {
  const auto of_epochs = [this](const std::string& epochs, const std::string& more) {
    return read(
        "name: r\nparameters:\n  lr: {min: 1e-5, max: 1e-3}\n  warmup: {value: 0.1}\n  epochs: " +
        epochs +
        "\ndata: {train: train.tsv, eval: eval.tsv, text: 1, label: 0}\n"
        "model: {path: model}\nmax_runs: 27\n" +
        more + "\n");
  };
  const auto of_program = [this](const std::string& size, const std::string& more) {
    return read(
        "name: p\ntrainer: {command: [python, train.py]}\nmax_runs: 27\n"
        "parameters: {lr: {min: 0.1, max: 1}, size: " +
        size + "}\nmetric: {name: cost, goal: minimize}\n" + more + "\n");
  };

  EXPECT_EQ(rungs_of(of_epochs("{value: 9}", "method: asha\nrungs: {restart: epochs}")),
            (Rungs{.eta = 3, .first = 1, .end = 9, .brackets = 1, .restart = "epochs"}));
  EXPECT_EQ(
      rungs_of(of_epochs("{value: 8}",
                         "method: hyperband\nrungs: {restart: epochs, eta: 2, min_resource: 1}")),
      (Rungs{.eta = 2, .first = 1, .end = 8, .brackets = 4, .restart = "epochs"}));
  EXPECT_EQ(rungs_of(of_program("{values: [81]}",
                                "method: random\nrungs: {restart: size, min_resource: 3}")),
            (Rungs{.eta = 3, .first = 3, .end = 81, .brackets = 1, .restart = "size"}));

  const SweepFileOutcome first =
      of_program("{values: [81]}", "method: random\nrungs: {restart: size, min_resource: 3}");
  const SweepFileOutcome second = read(yaml_of(first.file->spec));
  ASSERT_THAT(printed(second), IsEmpty());
  EXPECT_EQ(second.file->spec, first.file->spec);

  const auto refused = [&](const SweepFileOutcome& outcome, const std::string& why) {
    EXPECT_THAT(printed(outcome), ElementsAre(HasSubstr(why)));
  };
  refused(of_epochs("{value: 9}", "method: asha\nrungs: {restart: lr}"),
          "rungs.restart: 'lr' cannot grow from rung to rung");
  refused(of_epochs("{values: [3, 9]}", "method: asha\nrungs: {restart: epochs}"),
          "rungs.restart: 'epochs' must be one of the parameters, with one whole number");
  refused(of_epochs("{value: 1}", "method: asha\nrungs: {restart: epochs}"),
          "must be one of the parameters, with one whole number from 2");
  refused(of_program("{value: 0.5}", "method: asha\nrungs: {restart: size}"),
          "must be one of the parameters");
  refused(of_program("{value: 9}", "method: asha\nrungs: {restart: steps}"),
          "'steps' must be one of the parameters");
  refused(of_epochs("{value: 9}", "method: asha\nrungs: {restart: epochs, min_resource: 4}"),
          "there is no rung: an eta-th of 9 epochs is less than min_resource, 4");
  refused(of_epochs("{value: 9}", "method: asha\nrungs: {restart: epochs, max_resource: 9}"),
          "rungs.max_resource: with restart it is the value of parameters.epochs");
  refused(of_epochs("{value: 9}", "method: tpe\nrungs: {restart: epochs}"),
          "method: tpe cannot learn from runs of different lengths yet");
}

TEST_F(RungFiles, AreRefusedWhereTheyCannotBeMeant) {
  EXPECT_THAT(printed(of_built_in("method: asha")), ElementsAre(HasSubstr("it needs max_runs")));
  EXPECT_THAT(
      printed(of_built_in("method: asha\nmax_runs: 9\nrungs: restart")),
      ElementsAre(HasSubstr("rungs: which parameter grows from rung to rung must stand there")));
  EXPECT_THAT(printed(of_built_in("method: asha\nmax_runs: 9\nrungs: {min_resource: 10}")),
              ElementsAre(HasSubstr("10 is no share of a run's own steps")));
  EXPECT_THAT(printed(of_built_in("method: asha\nmax_runs: 9\nrungs: {max_resource: 10}")),
              ElementsAre(HasSubstr("rungs.max_resource: the built-in trainer counts in shares")));
  EXPECT_THAT(printed(of_built_in("method: asha\nmax_runs: 9\nrungs: {eta: 1}")),
              ElementsAre(HasSubstr("rungs.eta: expected a whole number from 2 to 1000")));
  EXPECT_THAT(printed(of_built_in("method: asha\nmax_runs: 9\nrungs: {brackets: 4}")),
              ElementsAre(HasSubstr("there are 2 in all; expected at most 3")));
  EXPECT_THAT(printed(of_program("method: asha\nmax_runs: 9")),
              ElementsAre(HasSubstr("rungs.min_resource: it is missing")));
  EXPECT_THAT(
      printed(of_program("method: asha\nmax_runs: 9\nrungs: {min_resource: 9, max_resource: 9}")),
      ElementsAre(HasSubstr("9 is not beyond min_resource, 9")));
  EXPECT_THAT(printed(of_program("method: hyperband\nmax_runs: 9\nrungs: {min_resource: 9}")),
              ElementsAre(HasSubstr("method: hyperband needs it")));
}

}  // namespace
}  // namespace tarama::config::test
