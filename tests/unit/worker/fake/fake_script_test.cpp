// The fake trainer's script: what it means, and what is said about a wrong one.
#include "worker/fake/fake_script.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using tarama::FakeScript;
using tarama::FaultKind;
using tarama::parse_fake_script;
using tarama::RunParameters;
using testing::HasSubstr;

TEST(FakeScript, EveryKeyIsRead) {
  const auto script = parse_fake_script(R"({
    "step_time": "2.5ms", "noise": 0.02, "seed_effect": 0.6, "default_mean": 0.4,
    "scores": [{"when": {"lr": 1e-4, "epochs": 3}, "mean": 0.81, "sd": 0.03}],
    "faults": [{"when": {"norm": "pre", "seed": 2}, "attempt": 1, "step": 5, "do": "crash"},
               {"do": "nan"}]})");

  ASSERT_TRUE(script) << script.error().message;
  const FakeScript expected{
      .step_time = 2500us,
      .noise = 0.02,
      .seed_effect = 0.6,
      .default_mean = 0.4,
      .scores = {{.when = {{"lr", 1e-4}, {"epochs", std::int64_t{3}}}, .mean = 0.81, .sd = 0.03}},
      .faults = {{.when = {{"norm", std::string("pre")}, {"seed", std::int64_t{2}}},
                  .attempt = 1,
                  .step = 5,
                  .kind = FaultKind::crash},
                 {.when = {}, .attempt = std::nullopt, .step = 0, .kind = FaultKind::nan}}};
  EXPECT_EQ(*script, expected);
}

TEST(FakeScript, EmptyOneHasTheDefaults) {
  EXPECT_EQ(parse_fake_script("{}").value(), FakeScript{});
}

TEST(FakeScript, TimesHaveTheirUnits) {
  EXPECT_EQ(parse_fake_script(R"({"step_time": "0ms"})").value().step_time, 0us);
  EXPECT_EQ(parse_fake_script(R"({"step_time": "7us"})").value().step_time, 7us);
  EXPECT_EQ(parse_fake_script(R"({"step_time": "1s"})").value().step_time, 1s);
  EXPECT_EQ(parse_fake_script(R"({"step_time": "2m"})").value().step_time, 2min);
}

struct WrongScript {
  const char* text;
  const char* message;
};

class WrongScripts : public testing::TestWithParam<WrongScript> {};

TEST_P(WrongScripts, AreRefusedWithThePlace) {
  const auto script = parse_fake_script(GetParam().text);

  ASSERT_TRUE(script.has_error());
  EXPECT_EQ(script.error().code, tarama::Errc::invalid_argument);
  EXPECT_THAT(script.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    WrongScripts,
    testing::Values(
        WrongScript{"{", "parse error"},
        WrongScript{"[]", "the script: an object was expected, not []"},
        WrongScript{R"({"nois": 1})",
                    "the script: unknown key 'nois'; known are step_time, "
                    "device_time"},
        WrongScript{R"({"noise": "1"})", "noise: a number was expected, not \"1\""},
        WrongScript{R"({"step_time": 5})", "step_time: a time like \"5ms\" was expected"},
        WrongScript{R"({"step_time": "-5ms"})", "step_time: a time like \"5ms\" was expected"},
        WrongScript{R"({"step_time": "5 hours"})", "step_time: a time like \"5ms\" was expected"},
        WrongScript{R"({"seed_effect": 1.5})", "seed_effect: a number from 0 to 1 was expected"},
        WrongScript{R"({"scores": [{"mean": 1, "sd": -1}]})",
                    "scores[0].sd: a number from 0 was expected, not -1"},
        WrongScript{R"({"scores": {}})", "scores: a list was expected"},
        WrongScript{R"({"scores": [{"when": {}}]})", "scores[0]: 'mean' is missing"},
        WrongScript{R"({"scores": [{"when": {"rate": 1}, "mean": 1}]})",
                    "scores[0].when: unknown key 'rate'"},
        WrongScript{R"({"scores": [{"when": {"lr": []}, "mean": 1}]})",
                    "scores[0].when.lr: a number, text or boolean was expected, not []"},
        WrongScript{
            R"({"faults": [{"do": "crash"}, {"do": "melt"}]})",
            "faults[1].do: one of crash, exit, hang, nan, out_of_memory, stall, device_error "
            "was expected, not \"melt\""},
        WrongScript{R"({"scores": [{"when": {"device": "cuda:0"}, "mean": 1}]})",
                    "scores[0].when: unknown key 'device'"},
        WrongScript{R"({"faults": [{}]})", "faults[0].do: one of"},
        WrongScript{R"({"faults": [{"do": "nan", "step": 1.5}]})",
                    "faults[0].step: a whole number from 0 was expected, not 1.5"},
        WrongScript{R"({"faults": [{"do": "nan", "attempt": -1}]})",
                    "faults[0].attempt: a whole number from 0 was expected, not -1"}));

TEST(FakeConditions, AllKeysMustMatchAndNumbersMatchByValue) {
  const RunParameters run = {
      {"lr", 1e-4}, {"epochs", std::int64_t{3}}, {"norm", std::string("pre")}};

  EXPECT_TRUE(tarama::matches({}, run));
  EXPECT_TRUE(tarama::matches({{"lr", 1e-4}, {"epochs", 3.0}}, run));
  EXPECT_TRUE(tarama::matches({{"norm", std::string("pre")}}, run));
  EXPECT_FALSE(tarama::matches({{"lr", 1e-4}, {"epochs", std::int64_t{2}}}, run));
  EXPECT_FALSE(tarama::matches({{"norm", std::string("post")}}, run));
  EXPECT_FALSE(tarama::matches({{"warmup", 0.0}}, run));
}

TEST(FakeConditions, TheFirstScoreThatMatchesCounts) {
  const FakeScript script{
      .default_mean = 0.1,
      .scores = {{{{"lr", 1.0}}, 0.2, 0.5}, {{{"lr", 1.0}}, 0.3}, {{{"lr", 2.0}}, 0.4}},
      .faults = {}};

  EXPECT_EQ(tarama::mean_of(script, {{"lr", 1.0}}), 0.2);
  EXPECT_EQ(tarama::mean_of(script, {{"lr", 2.0}}), 0.4);
  EXPECT_EQ(tarama::mean_of(script, {{"lr", 3.0}}), 0.1);
  EXPECT_EQ(tarama::sd_of(script, {{"lr", 1.0}}), 0.5);
  EXPECT_EQ(tarama::sd_of(script, {{"lr", 2.0}}), 0.01);
  EXPECT_EQ(tarama::sd_of(script, {{"lr", 3.0}}), 0.01);
}

TEST(FakeConditions, FaultHappensAtItsStepAndAttemptAlone) {
  const FakeScript script{
      .scores = {},
      .faults = {{.when = {}, .attempt = 1, .step = 5, .kind = FaultKind::crash},
                 {.when = {}, .attempt = std::nullopt, .step = 7, .kind = FaultKind::exit}}};

  EXPECT_EQ(tarama::fault_at(script, {}, 1, 5), FaultKind::crash);
  EXPECT_EQ(tarama::fault_at(script, {}, 2, 5), std::nullopt);
  EXPECT_EQ(tarama::fault_at(script, {}, 1, 6), std::nullopt);
  EXPECT_EQ(tarama::fault_at(script, {}, 3, 7), FaultKind::exit);
}
