// Intervals for new data: against made-up models whose accuracy on all data is known, and against
// what each source of error gives alone.
#include "core/statistics/population.hpp"

#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tarama::statistics {
namespace {

/// A world in which example j is right for a run with a chance of its own, and each run is a little
/// better or worse than its level.
struct World {
  double accuracy = 0.8;
  double spread_of_examples = 0.15;  // of their chances, half of the range
  double spread_of_seeds = 0.01;     // the same of runs
};

struct Drawn {
  EvaluationSet set;
  std::vector<PredictedRun> level;
};

Drawn draw(const World& world, std::size_t runs, std::size_t examples, std::int64_t number) {
  PhiloxStream random({.seed = number, .place = Place::fake_noise});
  Drawn drawn;
  std::vector<double> chances;
  for (std::size_t i = 0; i < examples; ++i) {
    drawn.set.labels.push_back(static_cast<std::int32_t>(random.below(2)));
    chances.push_back(world.accuracy + world.spread_of_examples * (2 * random.uniform() - 1));
  }
  for (std::size_t run = 0; run < runs; ++run) {
    const double luck = world.spread_of_seeds * (2 * random.uniform() - 1);
    PredictedRun predicted{.seed = static_cast<std::int64_t>(run + 1), .classes = {}};
    for (std::size_t i = 0; i < examples; ++i) {
      const bool is_right = random.uniform() < chances[i] + luck;
      predicted.classes.push_back(is_right ? drawn.set.labels[i] : 1 - drawn.set.labels[i]);
    }
    drawn.level.push_back(std::move(predicted));
  }
  return drawn;
}

double coverage(std::size_t runs, std::size_t trials) {
  const World world;
  std::size_t covered = 0;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const Drawn drawn = draw(world, runs, 150, static_cast<std::int64_t>(trial + 1));
    const auto interval = population_mean(drawn.level, drawn.set, {.resamples = 200});
    covered += interval->low <= world.accuracy && world.accuracy <= interval->high ? 1 : 0;
  }
  return static_cast<double>(covered) / static_cast<double>(trials);
}

// 400 trials of a true 0.95 give 0.917 or less once in 600 times.
TEST(Population, TheIntervalHoldsTheAccuracyOnAllDataFromFewSeedsAndFromMany) {
  EXPECT_GE(coverage(4, 400), 0.917);
  EXPECT_GE(coverage(12, 400), 0.917);
}

TEST(Population, IsWiderThanWhatTheSeedsAloneSay) {
  const Drawn drawn = draw({}, 5, 100, 1);
  std::vector<double> accuracies;
  for (const PredictedRun& run : drawn.level) {
    double right = 0;
    for (std::size_t i = 0; i < run.classes.size(); ++i) {
      right += run.classes[i] == drawn.set.labels[i] ? 1 : 0;
    }
    accuracies.push_back(right / 100);
  }
  double mean = 0;
  for (const double accuracy : accuracies) {
    mean += accuracy / 5;
  }

  const auto interval = population_mean(drawn.level, drawn.set, {});

  EXPECT_DOUBLE_EQ(interval->mean, mean);
  // The binomial error of 100 examples of which 8 in 10 are right is 0.04 at least in part.
  EXPECT_GT(interval->high - interval->low, 0.06);
}

TEST(Population, ALevelDiffersFromItselfByNothing) {
  const Drawn drawn = draw({}, 4, 80, 3);

  EXPECT_EQ(population_difference(drawn.level, drawn.level, drawn.set, {}),
            (PopulationInterval{0, 0, 0}));
}

TEST(Population, TheSameExamplesMakeADifferenceSurerThanTwoMeans) {
  Drawn drawn = draw({.accuracy = 0.7, .spread_of_examples = 0.3, .spread_of_seeds = 0}, 5, 200, 9);
  std::vector<PredictedRun> better = drawn.level;
  for (PredictedRun& run : better) {  // right on a tenth of the examples more
    for (std::size_t i = 0; i < run.classes.size(); i += 10) {
      run.classes[i] = drawn.set.labels[i];
    }
  }

  const auto difference = population_difference(better, drawn.level, drawn.set, {});
  const auto mean = population_mean(better, drawn.set, {});

  EXPECT_GT(difference->low, 0);
  EXPECT_LT(difference->high - difference->low, mean->high - mean->low);
}

TEST(Population, SaysNothingOfOneRunOfTheLossAndOfNoExamples) {
  const Drawn drawn = draw({}, 3, 20, 4);

  EXPECT_EQ(population_mean({drawn.level[0]}, drawn.set, {}), std::nullopt);
  EXPECT_EQ(population_mean(drawn.level, drawn.set, {.metric = MetricName::loss}), std::nullopt);
  EXPECT_EQ(population_mean({PredictedRun{}, PredictedRun{}}, EvaluationSet{}, {}), std::nullopt);
}

TEST(Population, KnowsTheOtherMetrics) {
  const Drawn drawn = draw({}, 3, 200, 5);

  const auto mcc = population_mean(drawn.level, drawn.set, {.metric = MetricName::mcc});
  const auto f1 = population_mean(drawn.level, drawn.set, {.metric = MetricName::macro_f1});

  EXPECT_GT(mcc->low, 0.2);
  EXPECT_LT(mcc->high, f1->high);
}

}  // namespace
}  // namespace tarama::statistics
