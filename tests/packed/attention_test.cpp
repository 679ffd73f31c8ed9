// One head of attention of every vector unit, forward and backward, against plain loops in double.
#include "tests/packed/head_case.hpp"
#include "tests/packed/tables.hpp"
#include "tests/support/worse_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace tarama::packed::test {
namespace {

/// The largest distance of any result from that of plain loops; NaN if one is.
template <class Real>
double distance_from_loops(const KernelTable<Real>& kernels, const HeadShape& shape) {
  const HeadCase<Real> made_up(shape);
  const HeadResults<Real> results = results_by_kernels(kernels, made_up);
  const HeadResults<double> wanted = results_by_loops(made_up);
  double distance = 0;
  const auto compare = [&](const std::vector<Real>& actual, const std::vector<double>& expected) {
    EXPECT_EQ(actual.size(), expected.size());
    distance = tarama::test::worse_of(distance, farthest<Real>(actual, expected));
  };
  compare(results.probabilities, wanted.probabilities);
  compare(results.sums, wanted.sums);
  compare(results.context, wanted.context);
  compare(results.d_q, wanted.d_q);
  compare(results.d_k, wanted.d_k);
  compare(results.d_v, wanted.d_v);
  return distance;
}

/// Sums over some 100 terms of size 1 to 10.
template <class Real>
constexpr double allowed = 500 * rounding<Real>;

TEST(Attention, OfEveryLengthIsThatOfPlainLoops) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (std::int64_t keys = 1; keys <= 70; ++keys) {
      for (const bool drops : {false, true}) {
        const HeadShape all{.queries = keys, .keys = keys, .width = 20, .drops = drops};
        EXPECT_LT(distance_from_loops(kernels, all), allowed<Real>) << keys << " keys";
        const HeadShape first{.queries = 1, .keys = keys, .width = 32, .drops = drops};
        EXPECT_LT(distance_from_loops(kernels, first), allowed<Real>) << keys << " keys, one query";
      }
    }
  });
}

RC_GTEST_PROP(Attention, OfAnyShapeIsThatOfPlainLoops, ()) {
  HeadShape shape;
  shape.keys = *rc::gen::inRange<std::int64_t>(1, 130);
  shape.queries = *rc::gen::element<std::int64_t>(1, shape.keys, 12);
  shape.kept_gap = *rc::gen::inRange<std::int64_t>(0, 70);
  shape.width = *rc::gen::inRange<std::int64_t>(1, 70);
  shape.drops = *rc::gen::arbitrary<bool>();
  shape.seed = *rc::gen::inRange<std::int64_t>(0, 1000);
  for_each_table([&]<class Real>(const KernelTable<Real>& kernels) {
    RC_ASSERT(distance_from_loops(kernels, shape) < allowed<Real>);
  });
}

TEST(Attention, ProbabilitiesBehindTheKeysAreZero) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (std::int64_t keys = 1; keys <= 33; ++keys) {
      const HeadCase<Real> made_up({.queries = keys, .keys = keys, .width = 7, .drops = true});
      const std::vector<Real> rows = padded_probabilities(kernels, made_up);
      const std::int64_t line = kernels.padded(keys);
      for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
        EXPECT_TRUE(i % line < keys || rows[static_cast<std::size_t>(i)] == 0) << i;
      }
    }
  });
}

TEST(Attention, ScoresFarApartGiveAllToTheLargest) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const Real size : {Real(1e3), Real(1e15)}) {
      HeadCase<Real> made_up({.queries = 1, .keys = 19, .width = 1});
      made_up.q.assign(made_up.q.size(), size);
      std::ranges::fill(made_up.k, -size);
      made_up.k[static_cast<std::size_t>(4 * made_up.stride())] = size;
      std::vector<Real> wanted(19, Real{0});
      wanted[4] = 1;
      EXPECT_EQ(results_by_kernels(kernels, made_up).probabilities, wanted) << size;
    }
  });
}

/// The contexts of three queries over `keys` keys, after `spoil` has changed the case.
template <class Real, class Spoil>
HeadResults<Real> spoilt(const KernelTable<Real>& kernels, std::int64_t keys, Spoil spoil) {
  HeadCase<Real> made_up({.queries = keys, .keys = keys, .width = 5});
  spoil(made_up);
  return results_by_kernels(kernels, made_up);
}

TEST(Attention, NotANumberInAQueryIsInItsContextAlone) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t keys : {1, 3, 16, 17}) {
      const auto results = spoilt(
          kernels, keys, [](HeadCase<Real>& made_up) { made_up.q.front() = not_a_number<Real>; });
      for (std::size_t i = 0; i < results.context.size(); ++i) {
        EXPECT_EQ(std::isnan(results.context[i]), i < 5) << i << " of " << keys << " keys";
      }
      EXPECT_TRUE(all_nan<Real>(std::span(results.d_k).first(5)));
      EXPECT_TRUE(all_nan<Real>(std::span(results.d_v).first(5)));
    }
  });
}

TEST(Attention, NotANumberInAKeyIsInEveryContext) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t keys : {1, 3, 16, 17}) {
      const auto results = spoilt(kernels, keys, [](HeadCase<Real>& made_up) {
        made_up.k[static_cast<std::size_t>((made_up.shape.keys - 1) * made_up.stride())] =
            not_a_number<Real>;
      });
      EXPECT_TRUE(all_nan<Real>(results.context)) << keys;
      EXPECT_TRUE(all_nan<Real>(results.d_q)) << keys;
      EXPECT_TRUE(all_nan<Real>(results.d_v)) << keys;
    }
  });
}

TEST(Attention, InfiniteScoresAreNoProbabilities) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    for (const std::int64_t keys : {1, 3, 15, 16, 17}) {
      for (const Real score : {infinite<Real>, -infinite<Real>}) {
        const auto results = spoilt(kernels, keys, [&](HeadCase<Real>& made_up) {
          std::ranges::fill(made_up.q, Real{1});
          std::ranges::fill(made_up.k, score);
        });
        EXPECT_TRUE(all_nan<Real>(results.probabilities)) << keys << " scores of " << score;
        EXPECT_TRUE(all_nan<Real>(results.context)) << keys << " scores of " << score;
      }
    }
  });
}

TEST(Attention, AScoreOfMinusInfinityIsAProbabilityOfZero) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    HeadCase<Real> made_up({.queries = 1, .keys = 2, .width = 1});
    made_up.q.front() = 1;
    made_up.k.front() = -infinite<Real>;
    EXPECT_EQ(results_by_kernels(kernels, made_up).probabilities, (std::vector<Real>{0, 1}));
  });
}

TEST(Attention, NotANumberInAGradientComesThrough) {
  for_each_table([]<class Real>(const KernelTable<Real>& kernels) {
    const auto results = spoilt(kernels, 17, [](HeadCase<Real>& made_up) {
      made_up.d_context.front() = not_a_number<Real>;
    });
    EXPECT_TRUE(all_nan<Real>(std::span(results.d_q).first(5)));
    EXPECT_TRUE(all_nan<Real>(results.d_k));
  });
}

}  // namespace
}  // namespace tarama::packed::test
