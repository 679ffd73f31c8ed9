// `stop_when` of sweep files: what is understood, and how what is not is named.
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StopFiles : public ConfigFixture {
 protected:
  SweepFileOutcome with(const std::string& rules) {
    return read(right_file + std::string("stop_when: ") + rules + "\n");
  }

  SweepFileOutcome of_program(const std::string& rules) {
    return read(
        "name: p\ntrainer: {command: [python, train.py]}\nparameters: {lr: {value: 0.1}}\n"
        "metric: {name: cost, goal: minimize}\nstop_when: " +
        rules + "\n");
  }
};

TEST_F(StopFiles, HoldRulesThatAreReadAsTheyStand) {
  const SweepFileOutcome outcome =
      with("[{metric: eval.loss, above: 10, after: 100}, {metric: eval.mcc, no_improvement: 3}]");

  ASSERT_THAT(printed(outcome), testing::IsEmpty());
  const auto& rules = outcome.file->spec.stop_when;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].above, 10.0);
  EXPECT_EQ(rules[0].after, 100);
  EXPECT_EQ(rules[1].no_improvement, 3);
  EXPECT_EQ(rules[1].goal, Goal::maximize);
}

TEST_F(StopFiles, KnowThatALossFalls) {
  EXPECT_EQ(with("[{metric: eval.loss, no_improvement: 2}]").file->spec.stop_when[0].goal,
            Goal::minimize);
  EXPECT_EQ(of_program("[{metric: cost, no_improvement: 2}]").file->spec.stop_when[0].goal,
            Goal::minimize);
}

TEST_F(StopFiles, AskWhichWayAnotherNumberOfAProgramImproves) {
  EXPECT_THAT(printed(of_program("[{metric: other, no_improvement: 2}]")),
              ElementsAre(HasSubstr("add goal: maximize or goal: minimize")));
  EXPECT_THAT(printed(of_program("[{metric: other, no_improvement: 2, goal: maximize}, {metric: "
                                 "other, below: 1}]")),
              testing::IsEmpty());
}

TEST_F(StopFiles, AreRefusedByTheNameOfWhatIsNotUnderstood) {
  EXPECT_THAT(printed(with("[{metric: eval.loss, abov: 10}]")),
              ElementsAre(HasSubstr("'abov' is not understood; a rule has metric, above, below, "
                                    "no_improvement, after, goal; did you mean 'above'?")));
  EXPECT_THAT(printed(with("[{metric: eval.los, above: 10}]")),
              ElementsAre(HasSubstr("'eval.los' is no number that is evaluated after each epoch; "
                                    "expected one of eval.flat_accuracy, eval.loss, eval.mcc, "
                                    "eval.macro_f1; did you mean 'eval.loss'?")));
  EXPECT_THAT(printed(with("[{above: 10}]")), ElementsAre(HasSubstr("'metric' is missing")));
  EXPECT_THAT(printed(with("[{metric: eval.loss}]")), ElementsAre(HasSubstr("but found none")));
  EXPECT_THAT(printed(with("[{metric: eval.loss, above: 1, no_improvement: 2}]")),
              ElementsAre(HasSubstr("but found more; several conditions are several rules")));
  EXPECT_THAT(printed(with("[{metric: eval.loss, above: high}]")),
              ElementsAre(HasSubstr("stop_when: above: expected a number")));
  EXPECT_THAT(printed(with("{metric: eval.loss, above: 1}")),
              ElementsAre(HasSubstr("expected a list such as")));
  EXPECT_THAT(printed(with("[eval.loss]")), ElementsAre(HasSubstr("expected a map such as")));
}

}  // namespace
}  // namespace tarama::config::test
