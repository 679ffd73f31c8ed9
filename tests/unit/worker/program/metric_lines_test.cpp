// Lines of JSON as rows.
#include "worker/program/metric_lines.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace tarama::program::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t none = ReportedRow::no_epoch;

TEST(MetricLines, NumbersBelongToTheStepThatTheLineNames) {
  MetricLines lines;

  EXPECT_THAT(lines.read(R"({"step": 10, "loss": 0.4, "epoch": 2, "model": "x", "ok": true})", 7),
              ElementsAre(ReportedRow{"loss", 10, 2, 0.4, 7}));
  EXPECT_THAT(lines.read(R"({"val": {"acc": 1}})", 8),
              ElementsAre(ReportedRow{"val.acc", 10, none, 1, 8}));
}

TEST(MetricLines, WithoutAnyStepReportsAreCounted) {
  MetricLines lines;

  EXPECT_EQ(lines.read(R"({"a": 1})", 0).at(0).step, 0);
  EXPECT_EQ(lines.read(R"({"a": 2, "step": "x"})", 0).at(0).step, 1);
  EXPECT_EQ(lines.read(R"({"a": 3, "step": 7.0})", 0).at(0).step, 7);
  EXPECT_EQ(lines.read(R"({"a": 4})", 0).at(0).step, 7);
}

TEST(MetricLines, NaNAndInfinityAreNoNumbersButReports) {
  MetricLines lines;

  const auto rows = lines.read(R"({"NaN": NaN, "b": -Infinity, "c\"NaN": 1, "d": null})", 0);

  ASSERT_EQ(rows.size(), 4U);
  for (const ReportedRow& row : rows) {
    EXPECT_EQ(std::isfinite(row.value), row.name == "c\"NaN") << row.name;
  }
}

TEST(MetricLines, AnInfiniteNumberIsOneForAMessageAndNoneForTheStore) {
  MetricLines lines;

  const auto rows = lines.read(R"({"a": -Infinity, "b": Infinity})", 0);

  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(rows[1].value, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(as_stored(rows[0]).value));
}

TEST(MetricLines, EverythingElseIsALineOfTheLog) {
  MetricLines lines;

  for (const char* const line : {"",
                                 "epoch 1: loss 0.4",
                                 "{",
                                 R"({"step": 1})",
                                 R"({"a": "text"})",
                                 R"(["a", 1])",
                                 "1",
                                 R"({"a": 1} and more)",
                                 R"({"a": {"b": {"c": {"d": {"e": 1}}}}})",
                                 R"({"loss": 0.)"}) {
    EXPECT_THAT(lines.read(line, 0), IsEmpty()) << line;
  }
  EXPECT_THAT(lines.read("{\"a\xff\": 1}", 0), IsEmpty());
}

TEST(MetricLines, NoMoreNamesThanAProgramCanHave) {
  MetricLines lines;
  for (std::size_t i = 0; i < most_metric_names; ++i) {
    ASSERT_EQ(lines.read(fmt::format(R"({{"m{}": 1}})", i), 0).size(), 1U);
  }
  EXPECT_EQ(lines.take_remark(), std::nullopt);

  EXPECT_THAT(lines.read(R"({"one too many": 1, "m0": 2})", 0), testing::SizeIs(1));

  EXPECT_THAT(lines.take_remark().value_or(""), testing::HasSubstr("one too many"));
  EXPECT_THAT(lines.read(R"({"two": 1})", 0), IsEmpty());
  EXPECT_EQ(lines.take_remark(), std::nullopt);
}

}  // namespace
}  // namespace tarama::program::test
