// The order of a sweep's runs within a replicate, by their levels.
#include "core/search/run_rank.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;

LevelRecord level_of(std::int64_t id, std::int64_t layers, std::int64_t epochs) {
  LevelRecord level;
  level.level = LevelId{id};
  level.training.epochs = epochs;
  level.inputs.train_tokens = 1000;
  level.inputs.layers = layers;
  level.inputs.hidden = 64;
  return level;
}

RunPlan run_of(const LevelRecord& level, std::int64_t replicate = 0) {
  RunPlan run;
  run.level = level.level;
  run.replicate = replicate;
  run.planned_steps = 100;
  return run;
}

const std::vector<LevelRecord> levels = {level_of(1, 6, 2), level_of(2, 2, 3), level_of(3, 2, 1)};

/// The levels' ids in the order of their first runs.
std::vector<std::int64_t> ids_by(OrderBy order, std::int64_t replicate = 0) {
  std::vector<std::pair<double, std::int64_t>> ranked;
  for (const LevelRecord& level : levels) {
    ranked.emplace_back(rank_of(order, 1, level, run_of(level, replicate)), level.level.value);
  }
  std::ranges::sort(ranked);
  std::vector<std::int64_t> ids;
  for (const auto& [rank, id] : ranked) {
    ids.push_back(id);
  }
  return ids;
}

TEST(RunRank, OfListedRunsIsTheirPlaceInTheList) {
  EXPECT_THAT(ids_by(OrderBy::as_listed), ElementsAre(1, 2, 3));
}

TEST(RunRank, OfCheapOnesIsWhatModelTextsAndEpochsCost) {
  EXPECT_THAT(ids_by(OrderBy::cheapest_first), ElementsAre(3, 2, 1));
}

TEST(RunRank, OfTheLongestFirstLeavesTheOrderToTheSteps) {
  for (const LevelRecord& level : levels) {
    EXPECT_EQ(rank_of(OrderBy::longest_first, 1, level, run_of(level)), 0);
  }
}

TEST(RunRank, AtRandomIsDrawnByTheSeedForEachReplicateAnew) {
  EXPECT_EQ(ids_by(OrderBy::random), ids_by(OrderBy::random));
  std::vector<std::vector<std::int64_t>> orders;
  for (std::int64_t replicate = 0; replicate < 50; ++replicate) {
    orders.push_back(ids_by(OrderBy::random, replicate));
  }
  std::ranges::sort(orders);
  const auto same = std::ranges::unique(orders);
  EXPECT_EQ(std::distance(orders.begin(), same.begin()), 6) << "all orders of three levels";
  EXPECT_NE(rank_of(OrderBy::random, 1, levels[0], run_of(levels[0])),
            rank_of(OrderBy::random, 2, levels[0], run_of(levels[0])));
}

}  // namespace
}  // namespace tarama
