// The schedules against what pytorch_pretrained_bert 0.6.2 printed, bit for bit: tables of
// bertadam_vectors.json.gz (its "about" says how they were made). The tables of version 0.4.0 in it
// are left out: that package's schedules fall below zero, and tarama does not offer them.
#include "core/lr_schedule.hpp"

#include "tests/support/reference_vectors.hpp"

#include <gmock/gmock.h>
#include <map>
#include <string>
#include <vector>

namespace tarama {
namespace {

using nlohmann::json;

Schedule kind_of_class(const std::string& name) {
  static const std::map<std::string, Schedule> kinds = {
      {"WarmupLinearSchedule", Schedule::warmup_linear},
      {"WarmupCosineSchedule", Schedule::warmup_cosine},
      {"WarmupConstantSchedule", Schedule::warmup_constant},
      {"ConstantLR", Schedule::none},
      {"WarmupCosineWithHardRestartsSchedule", Schedule::warmup_cosine_with_hard_restarts},
      {"WarmupCosineWithWarmupRestartsSchedule", Schedule::warmup_cosine_with_warmup_restarts},
  };
  return kinds.at(name);
}

LrSchedule schedule_of_table(const json& table) {
  const Schedule kind = kind_of_class(table.at("class"));
  const json& arguments = table.at("kwargs");
  return {kind,
          arguments.at("warmup").get<double>(),
          arguments.at("t_total").get<double>(),
          arguments.value("cycles", default_cycles(kind))};
}

std::vector<double> factors(const LrSchedule& schedule, std::size_t steps) {
  std::vector<double> values;
  for (std::size_t step = 0; step < steps; ++step) {
    values.push_back(lr_factor(schedule, static_cast<std::int64_t>(step)));
  }
  return values;
}

TEST(LrSchedule, EqualsTheOriginalToTheLastBit) {
  int compared = 0;
  const json vectors = test::reference_vectors("bertadam_vectors");
  for (const json& table : vectors.at("schedule_tables")) {
    if (table.at("version") != "0.6.2") {
      continue;
    }
    const auto expected = table.at("multiplier_at_step_index").get<std::vector<double>>();

    EXPECT_EQ(factors(schedule_of_table(table), expected.size()), expected)
        << table.at("class") << ' ' << table.at("kwargs");
    ++compared;
  }
  EXPECT_GE(compared, 100) << "the file has 0.6.2 tables of all six schedules";
}

TEST(LrSchedule, IsNotAppliedWithoutTTotalWarmUpIncluded) {
  for (const Schedule kind : {Schedule::warmup_linear,
                              Schedule::warmup_cosine,
                              Schedule::warmup_constant,
                              Schedule::warmup_cosine_with_warmup_restarts}) {
    EXPECT_THAT(factors({kind, 0.1, -1.0, 1.0}, 4), testing::Each(1.0));
  }
}

TEST(LrSchedule, FollowsTheRunsSettings) {
  TrainingSettings training;
  training.warmup = 0.1;
  training.schedule = Schedule::warmup_cosine;

  const LrSchedule applied = schedule_of(training, 40);
  training.t_total = TTotal::none;
  const LrSchedule trap = schedule_of(training, 40);

  EXPECT_EQ(applied.t_total, 40.0);
  EXPECT_EQ(applied.warmup, 0.1);
  EXPECT_EQ(applied.cycles, 0.5);
  EXPECT_LT(trap.t_total, 0.0);
}

TEST(LrSchedule, StaysAtZeroPastTheEndOfLinearDecay) {
  const LrSchedule schedule{Schedule::warmup_linear, 0.1, 10.0, 1.0};

  EXPECT_EQ(lr_factor(schedule, 10), 0.0);
  EXPECT_EQ(lr_factor(schedule, 1000), 0.0);
}

}  // namespace
}  // namespace tarama
