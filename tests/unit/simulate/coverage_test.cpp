// The default method keeps the best level in 95 % of simulated sweeps whatever the spreads, with
// few trials of a fixed stream; `./dev simulate` takes 20,000.
#include "simulate/coverage_table.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::simulate {
namespace {

constexpr std::int64_t trials = 1500;

Scenario named(const std::string& name, std::size_t levels, int replicates) {
  for (const Scenario& scenario : all_scenarios()) {
    if (scenario.name == name && scenario.levels() == levels && scenario.replicates == replicates) {
      return scenario;
    }
  }
  ADD_FAILURE() << "no scenario " << name;
  return all_scenarios().front();
}

double coverage_of(const ScenarioScore& score, const std::string& candidate) {
  for (const CandidateScore& each : score.candidates) {
    if (each.name == candidate) {
      return each.coverage;
    }
  }
  return -1;
}

TEST(Coverage, OfTheDefaultHoldsForNormalNoiseOfAnySpread) {
  for (const Scenario& scenario : all_scenarios()) {
    if (scenario.is_promised() && scenario.levels() <= 12) {
      EXPECT_GE(coverage_of(score(scenario, trials), "paired"), least_coverage(trials))
          << scenario.name << ", " << scenario.levels() << " levels, " << scenario.replicates
          << " runs, correlation " << scenario.correlation;
    }
  }
}

TEST(Coverage, OfOtherMethodsIsLostWhereSpreadsDiffer) {
  const ScenarioScore wide = score(named("equal, best's spread x 3", 12, 5), trials);
  const ScenarioScore rising = score(named("equal, spreads from 1 to 10", 12, 10), trials);

  EXPECT_LT(coverage_of(wide, "pooled MCB"), .87);
  EXPECT_LT(coverage_of(rising, "Grubbs"), .92);
}

TEST(Coverage, TableMarksWhatIsLost) {
  const ScenarioScore lost{.scenario = {"n", {0, 0}, {1, 1}},
                           .candidates = {{"a", .9512, 1.5}, {"b", .8, 2}}};

  EXPECT_EQ(as_markdown({lost}, 20'000),
            "| truth | levels | runs | corr. | a | b |\n|---|---|---|---|---|---|\n"
            "| n | 2 | 5 | 0 | 95.1, 1.5 | **80.0**, 2.0 |\n"
            "| *lowest where promised* | | | | 95.1 | 80.0 |\n");
}

}  // namespace
}  // namespace tarama::simulate
