// Comparing two trainings of a run.
#include "cli/commands/verify.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tarama::cli {
namespace {

RunNumbers two_steps() {
  RunNumbers numbers;
  numbers.steps = {{.step = 0, .loss = 0.5, .at = 1}, {.step = 1, .loss = 0.25, .at = 2}};
  numbers.evals = {{.epoch = 1, .step = 1, .loss = 0.25}};
  return numbers;
}

TEST(FirstDifference, TheTimeOfDayDoesNotCount) {
  RunNumbers again = two_steps();
  again.steps[1].at = 99;

  EXPECT_EQ(first_difference(two_steps(), again), std::nullopt);
}

TEST(FirstDifference, OneBitCounts) {
  RunNumbers again = two_steps();
  again.steps[1].loss = std::nextafter(0.25, 1);

  EXPECT_EQ(first_difference(two_steps(), again),
            (Difference{"step 1", "loss", "0.25", "0.25000000000000006"}));
}

TEST(FirstDifference, EqualNaNsAreEqual) {
  RunNumbers numbers = two_steps();
  numbers.steps[1].loss = std::numeric_limits<double>::quiet_NaN();

  EXPECT_EQ(first_difference(numbers, numbers), std::nullopt);
}

TEST(FirstDifference, AMissingStepIsADifference) {
  RunNumbers again = two_steps();
  again.steps.pop_back();

  EXPECT_EQ(first_difference(two_steps(), again), (Difference{"step 1", "", "there", "not there"}));
}

TEST(FirstDifference, EvaluationsCountAsWell) {
  RunNumbers again = two_steps();
  again.evals[0].mcc = 1;

  EXPECT_EQ(first_difference(two_steps(), again),
            (Difference{"evaluation of epoch 1 on eval", "mcc", "0", "1"}));
}

}  // namespace
}  // namespace tarama::cli
