// The schedules against what pytorch_pretrained_bert printed, bit for bit: the tables of
// bertadam_vectors.json.gz (its "about" says how they were made), of version 0.6.2 and of 0.4.0.
// Where a cosine is in them, to its rounding: the C library's differs with the processor.
#include "core/training/lr_schedule.hpp"

#include "tests/support/reference_vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace tarama {
namespace {

using nlohmann::json;

// Of the constructors of all six classes, `__init__(self, warmup=0.002, t_total=-1)`, and of the
// functions of 0.4.0.
constexpr double default_warmup = 0.002;
constexpr double default_t_total = -1;

Schedule kind_of_table(const json& table) {
  static const std::map<std::string, Schedule> kinds = {
      {"WarmupLinearSchedule", Schedule::warmup_linear},
      {"WarmupCosineSchedule", Schedule::warmup_cosine},
      {"WarmupConstantSchedule", Schedule::warmup_constant},
      {"ConstantLR", Schedule::none},
      {"WarmupCosineWithHardRestartsSchedule", Schedule::warmup_cosine_with_hard_restarts},
      {"WarmupCosineWithWarmupRestartsSchedule", Schedule::warmup_cosine_with_warmup_restarts},
      {"warmup_linear", Schedule::warmup_linear},
      {"warmup_constant", Schedule::warmup_constant},
  };
  const char* const key = table.contains("class") ? "class" : "function";
  return kinds.at(table.at(key).get<std::string>());
}

LrSchedule schedule_of_table(const json& table) {
  const Schedule kind = kind_of_table(table);
  const json& arguments = table.at("kwargs");
  return {kind,
          arguments.value("warmup", default_warmup),
          arguments.value("t_total", default_t_total),
          arguments.value("cycles", default_cycles(kind))};
}

std::vector<double> numbers_of_table(const json& table) {
  return table.at("multiplier_at_step_index").get<std::vector<double>>();
}

bool has_cosine(Schedule kind) {
  return kind == Schedule::warmup_cosine || kind == Schedule::warmup_cosine_with_hard_restarts ||
         kind == Schedule::warmup_cosine_with_warmup_restarts;
}

TEST(LrSchedule, EqualsTheOriginalToTheLastBit) {
  int compared = 0;
  const json vectors = test::reference_vectors("bertadam_vectors");
  for (const json& table : vectors.at("schedule_tables")) {
    if (table.at("version") != "0.6.2") {
      continue;
    }
    SCOPED_TRACE(table.at("class").dump() + " " + table.at("kwargs").dump());
    const LrSchedule schedule = schedule_of_table(table);
    const std::vector<double> expected = numbers_of_table(table);
    for (std::size_t step = 0; step < expected.size(); ++step) {
      // Of 1 + cos: an ulp, halved.
      EXPECT_NEAR(lr_factor(schedule, static_cast<std::int64_t>(step)),
                  expected[step],
                  has_cosine(schedule.kind) ? std::numeric_limits<double>::epsilon() / 2 : 0)
          << "step " << step;
    }
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

/// 0.4.0's decay is 1 - x, whatever the warm-up: it jumps where a warm-up ends, and falls below 0
/// past t_total. 0.6.2 goes from 1 at the warm-up's end to 0 at t_total, and stays there. Both are
/// the same before the warm-up's end, and without a warm-up until t_total.
bool is_another_function(const LrSchedule& schedule, double progress) {
  const bool is_decaying = schedule.warmup > 0 && progress >= schedule.warmup;
  return schedule.kind == Schedule::warmup_linear && (is_decaying || progress > 1);
}

TEST(LrSchedule, DiffersFromVersion040InTheLinearDecayAlone) {
  int compared = 0;
  const json vectors = test::reference_vectors("bertadam_vectors");
  for (const json& table : vectors.at("schedule_tables")) {
    if (table.at("version") != "0.4.0") {
      continue;
    }
    SCOPED_TRACE(table.at("function").dump() + " " + table.at("kwargs").dump());
    const LrSchedule schedule = schedule_of_table(table);
    const std::vector<double> expected = numbers_of_table(table);
    for (std::size_t step = 0; step < expected.size(); ++step) {
      const double progress = static_cast<double>(step) / schedule.t_total;
      const double factor = lr_factor(schedule, static_cast<std::int64_t>(step));
      if (is_another_function(schedule, progress)) {
        EXPECT_EQ(expected[step], 1.0 - progress) << "step " << step;
        EXPECT_GE(factor, std::max(expected[step], 0.0)) << "step " << step;
      } else {
        EXPECT_EQ(factor, expected[step]) << "step " << step;
      }
    }
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

}  // namespace
}  // namespace tarama
