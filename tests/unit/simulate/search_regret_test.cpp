// Search methods on functions whose best value is known.
#include "simulate/search_regret.hpp"

#include <gtest/gtest.h>

namespace tarama::simulate {
namespace {

TEST(SearchRegret, OfTpeIsBelowThatOfDrawnPointsOnEveryFunction) {
  for (const SearchFunction& function : search_functions()) {
    const double drawn = median_regret(function, Chooser::sobol, 60, 9);
    const double learned = median_regret(function, Chooser::tpe, 60, 9);

    EXPECT_LT(learned, drawn) << function.name;
    EXPECT_GT(learned, -1e-9) << function.name;
  }
}

}  // namespace
}  // namespace tarama::simulate
