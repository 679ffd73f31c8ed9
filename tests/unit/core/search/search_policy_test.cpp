// The seam of search methods, by its first one: the grid says all at once, and nothing after.
#include "core/search/search_policy.hpp"

#include "core/search/grid.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tarama {
namespace {

SweepSpec two_levels() {
  SweepSpec spec;
  spec.parameters = {{.key = "lr", .values = {1e-4, 2e-4}}};
  spec.replicates = 2;
  return spec;
}

TEST(SearchPolicy, TheGridBeginsWithEverythingAndIsDone) {
  const SweepSpec spec = two_levels();
  const auto policy = make_search_policy(spec).value();

  const SearchAnswer first = policy->begin();

  const auto levels = expand_levels(spec).value();
  EXPECT_EQ(first, (SearchAnswer{levels, expand_runs(spec, levels), {}, true}));
}

TEST(SearchPolicy, TheGridAddsAndStopsNothingWhateverItIsTold) {
  const auto policy = make_search_policy(two_levels()).value();
  static_cast<void>(policy->begin());

  const SearchAnswer nothing{.levels = {}, .runs = {}, .stop = {}, .is_done = true};
  EXPECT_EQ(policy->report({RunId{1}, LevelId{1}, 1, 0.5}), nothing);
  EXPECT_EQ(policy->end({RunId{1}, LevelId{1}, RunState::succeeded, 0.5}), nothing);
}

TEST(SearchPolicy, AnAxisThatNobodyKnowsIsNamed) {
  SweepSpec spec = two_levels();
  spec.parameters.push_back({.key = "momentum", .values = {0.9}});

  const auto policy = make_search_policy(spec);

  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, Errc::invalid_argument);
  EXPECT_NE(policy.error().message.find("parameters.momentum"), std::string::npos);
}

}  // namespace
}  // namespace tarama
