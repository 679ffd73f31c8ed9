// Every enum by its name and back.
#include "core/sweep/enum_names.hpp"
#include "core/sweep/run_state.hpp"

#include <gtest/gtest.h>

#include <array>
#include <gmock/gmock.h>
#include <set>
#include <string_view>

namespace tarama {
namespace {

using testing::ElementsAre;

/// Every enumerator up to `last` has a name of its own that leads back to it.
template <class Enum, class Named>
void expect_names(Enum last, Named named) {
  std::set<std::string_view> names;
  for (int index = 0; index <= static_cast<int>(last); ++index) {
    const auto value = static_cast<Enum>(index);
    EXPECT_EQ(named(name_of(value)), value) << name_of(value);
    names.insert(name_of(value));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_EQ(named("no such name"), std::nullopt);
}

TEST(Names, LeadBackToTheirValues) {
  expect_names(RunState::cancelled, run_state_named);
  expect_names(FailureClass::lost, failure_class_named);
  expect_names(SweepState::cancelled, sweep_state_named);
  expect_names(Schedule::warmup_cosine_with_warmup_restarts, schedule_named);
  expect_names(TTotal::none, t_total_named);
  expect_names(Norm::pre, norm_named);
  expect_names(Precision::bf16, precision_named);
  expect_names(MetricName::macro_f1, metric_named);
  expect_names(Goal::minimize, goal_named);
  expect_names(Take::best, take_named);
  expect_names(KeepModels::all, keep_models_named);
  expect_names(KeepCheckpoints::latest, keep_checkpoints_named);
  expect_names(KeepPredictions::none, keep_predictions_named);
  expect_names(Share::none, share_named);
  expect_names(Split::test, split_named);
}

TEST(Names, AreListedForMessages) {
  EXPECT_THAT(names_in(t_total_names), ElementsAre("auto", "none"));
}

TEST(RunStates, OnlyRetryLeavesATerminalState) {
  for (const RunState from : all_run_states) {
    for (const RunState to : all_run_states) {
      if (is_terminal(from)) {
        EXPECT_EQ(may_move(from, to), to == RunState::pending && from != RunState::succeeded);
      }
    }
  }
}

}  // namespace
}  // namespace tarama
