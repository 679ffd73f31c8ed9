// Arguments with places for parameters.
#include "core/sweep/argument_template.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ArgumentTemplate, ValuesTakeTheirPlacesAndNothingIsSplit) {
  const ArgumentValues values = {{"lr", "1e-05"}, {"text", "two words"}, {"o.lr", "3"}};

  EXPECT_THAT(
      fill_arguments({"python", "--lr={lr}", "{text}", "{{lr}}", "{lr}{o.lr}", "a b"}, values),
      ElementsAre("python", "--lr=1e-05", "two words", "{lr}", "1e-053", "a b"));
}

TEST(ArgumentTemplate, WhatIsNotActiveIsLeftOutWithItsOption) {
  EXPECT_THAT(
      fill_arguments({"run", "--momentum", "{momentum}", "--lr={lr}", "-v", "{lr}x", "end"}, {}),
      ElementsAre("run", "-v", "end"));
}

TEST(ArgumentTemplate, AnArgumentWithAConditionIsThereWhereItIsTrue) {
  const std::vector<std::string> command = {"run", "-v", "{?amp}--amp", "{?amp}{?fast}--lr={lr}"};

  EXPECT_THAT(fill_arguments(command, {{"amp", "true"}, {"fast", "True"}, {"lr", "3"}}),
              ElementsAre("run", "-v", "--amp", "--lr=3"));
  EXPECT_THAT(fill_arguments(command, {{"amp", "True"}, {"fast", "false"}, {"lr", "3"}}),
              ElementsAre("run", "-v", "--amp"));
  EXPECT_THAT(fill_arguments(command, {{"amp", "False"}, {"lr", "3"}}), ElementsAre("run", "-v"));
  EXPECT_THAT(fill_arguments(command, {}), ElementsAre("run", "-v"));
  EXPECT_THAT(conditions_in_argument("{?a}{b}{{?c}}"), ElementsAre("a"));
  EXPECT_THAT(*names_in_argument("{?a}{b}"), ElementsAre("a", "b"));
}

TEST(ArgumentTemplate, NumbersAreInTheirShortestFormThatReadsBack) {
  const auto values = argument_values(R"({"a":0.1,"b":1e-05,"c":3,"d":true,"e":"x y","f":1e22})");

  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(
      *values,
      (ArgumentValues{
          {"a", "0.1"}, {"b", "1e-05"}, {"c", "3"}, {"d", "true"}, {"e", "x y"}, {"f", "1e+22"}}));
}

TEST(ArgumentTemplate, ALoneBraceIsRefusedWithTheRemedy) {
  for (const char* const argument :
       {"{", "}", "{lr", "{\"a\": 1}", "{}", "{l r}", "{?}", "{??a}"}) {
    const auto names = names_in_argument(argument);
    ASSERT_FALSE(names.has_value()) << argument;
    EXPECT_THAT(names.error().message, HasSubstr("for a brace itself write"));
  }
  EXPECT_THAT(*names_in_argument("{{{a}}}{b-c.d_1}"), ElementsAre("a", "b-c.d_1"));
}

TEST(ArgumentTemplate, ParametersHaveOneFormWhateverTheirOrder) {
  EXPECT_EQ(canonical_params(R"({"b":1,"a":0.1})"), canonical_params(R"({"a": 0.1, "b": 1})"));
  EXPECT_NE(canonical_params(R"({"a":"1"})"), canonical_params(R"({"a":1})"));
}

TEST(ArgumentTemplate, OnlyPlainNamesNameAParameter) {
  EXPECT_TRUE(can_name_parameter("optimizer.lr"));
  for (const std::string name : {"", "seed", "run_dir", "a b", "{a}", "a/b", "ä"}) {
    EXPECT_FALSE(can_name_parameter(name)) << name;
  }
}

}  // namespace
}  // namespace tarama::test
