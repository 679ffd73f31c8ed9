// The distributions of W&B's parameters.
#include "tests/unit/config/wandb_fixture.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

WandbImport drawing(const std::string& parameter) {
  return import_wandb_text(
      "program: t.py\nmethod: random\nrun_cap: 5\nmetric: {name: m}\nparameters:\n  x: {" +
          parameter + "}\n",
      "w.yaml");
}

DrawnRange drawn(const std::string& parameter) {
  const SweepSpec spec = spec_of(drawing(parameter).yaml);
  EXPECT_TRUE(spec.parameters.front().drawn) << parameter;
  return spec.parameters.front().drawn.value_or(DrawnRange{});
}

TEST(WandbAxis, RangesAreThoseThatWandbDrawsFrom) {
  const DrawnRange whole{.min = 1, .max = 4, .is_whole = true};
  EXPECT_EQ(drawn("min: 1, max: 4"), whole);
  EXPECT_EQ(drawn("distribution: int_uniform, min: 1.0, max: 4"), whole);
  EXPECT_EQ(drawn("min: 1.0, max: 4.0"), (DrawnRange{.min = 1, .max = 4}));
  EXPECT_EQ(drawn("distribution: uniform, min: 1, max: 4"), (DrawnRange{.min = 1, .max = 4}));
  EXPECT_EQ(drawn("distribution: q_uniform, min: 0, max: 10"),
            (DrawnRange{.min = 0, .max = 10, .q = 1}));
  EXPECT_EQ(drawn("distribution: q_uniform, min: 0, max: 10, q: 5"),
            (DrawnRange{.min = 0, .max = 10, .q = 5}));
  EXPECT_EQ(drawn("min: !!float 1e-5, max: 1e-3"), (DrawnRange{.min = 1e-5, .max = 1e-3}));
}

TEST(WandbAxis, LogarithmicRangesHaveExponentsOrValues) {
  const DrawnRange values{.distribution = Distribution::log_uniform, .min = 1e-4, .max = 0.1};
  EXPECT_EQ(drawn("distribution: log_uniform_values, min: 1e-4, max: 0.1"), values);
  EXPECT_EQ(drawn("distribution: inv_log_uniform_values, min: 1e-4, max: 0.1"), values);
  const DrawnRange exponents = drawn("distribution: log_uniform, min: -2, max: -1");
  EXPECT_DOUBLE_EQ(exponents.min, std::exp(-2));
  EXPECT_DOUBLE_EQ(exponents.max, std::exp(-1));
  EXPECT_EQ(drawn("distribution: inv_log_uniform, min: 1, max: 2"), exponents);
  const DrawnRange steps = drawn("distribution: q_log_uniform, min: 0, max: 5");
  EXPECT_EQ(steps.q, 1);
  EXPECT_DOUBLE_EQ(steps.max, std::exp(5));
  EXPECT_THAT(
      said_of(drawing("distribution: log_uniform, min: 0.0001, max: 0.1")),
      Contains(AllOf(HasSubstr("W&B draws from 1 to 1.105"), HasSubstr("log_uniform_values"))));
}

TEST(WandbAxis, NormalDistributionsAreCutOffWhereNothingIsDrawn) {
  EXPECT_EQ(drawn("distribution: normal"),
            (DrawnRange{.distribution = Distribution::normal, .min = -5, .max = 5}));
  EXPECT_EQ(drawn("distribution: q_normal, mu: 10, sigma: 2"),
            (DrawnRange{.distribution = Distribution::normal,
                        .min = 0,
                        .max = 20,
                        .mu = 10,
                        .sigma = 2,
                        .q = 1}));
}

TEST(WandbAxis, WhatHasNoCounterpartIsRefusedByName) {
  const auto said = [](const std::string& parameter) { return said_of(drawing(parameter)); };
  EXPECT_THAT(said("distribution: log_normal"),
              ElementsAre(HasSubstr("w.yaml:6:7: parameters.x: there is no counterpart of "
                                    "'log_normal'; write log_uniform_values")));
  EXPECT_THAT(said("values: [1, 2], probabilities: [0.1, 0.9]"),
              ElementsAre(HasSubstr("values are equally likely here")));
  EXPECT_THAT(said("distribution: unifrom, min: 0, max: 1"),
              ElementsAre(HasSubstr("did you mean 'uniform'?")));
  EXPECT_THAT(said("distribution: uniform, min: 0, max: 1, q: 0.1"),
              ElementsAre(HasSubstr("'q' says nothing of distribution uniform")));
  EXPECT_THAT(said("min: 2, max: 1"), ElementsAre(HasSubstr("expected min < max")));
  EXPECT_THAT(said("min: 2"), ElementsAre(HasSubstr("needs 'max'")));
  EXPECT_THAT(said("min: \"0.1\", max: 1"), ElementsAre(HasSubstr("expected a number in decimal")));
  EXPECT_THAT(said("distribution: log_uniform, min: 1, max: 4096"),
              ElementsAre(HasSubstr("write log_uniform_values")));
  EXPECT_THAT(said("values: 3"), ElementsAre(HasSubstr("must be a list")));
  EXPECT_THAT(said("distribution: q_uniform, min: 0.1, max: 0.4"),
              ElementsAre(HasSubstr("no multiple of q 1")));
}

TEST(WandbAxis, ARangeOfOnePointIsThatPoint) {
  EXPECT_EQ(spec_of(drawing("min: 3, max: 3").yaml).parameters.front().values,
            std::vector<ParameterValue>{std::int64_t{3}});
}

TEST(WandbAxis, AGridGoesThroughWhatWandbGoesThrough) {
  EXPECT_THAT(values_passed("min: 1, max: 4"), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(values_passed("distribution: q_uniform, min: 0.5, max: 2, q: 0.5"),
              ElementsAre("0.5", "1", "1.5"));
  EXPECT_THAT(refusals("distribution: uniform, min: 0, max: 1"),
              ElementsAre(HasSubstr("a grid needs the values of distribution uniform themselves")));
  EXPECT_THAT(refusals("distribution: normal"), ElementsAre(HasSubstr("method: random")));
  EXPECT_THAT(refusals("min: 1, max: 4000"), ElementsAre(HasSubstr("these are 4000 values")));
}

TEST(WandbAxis, AValueIsListedOnce) {
  EXPECT_THAT(values_passed("values: [1, 1.0, 2, 2]"), ElementsAre("1", "2"));
  EXPECT_THAT(said_of(drawing("values: [a, a, b]")),
              Contains(HasSubstr("as likely as the others")));
}

}  // namespace
}  // namespace tarama::config::test
