// Tables of SQL in the formats of `tarama query`.
#include "cli/text/table_format.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

const TextStyle plain(ColourUse::none);

struct Answer {
  std::vector<std::string> columns;
  std::vector<std::vector<db::Cell>> rows;
};

std::string format_table(const Answer& answer, TableFormat format, const TextStyle& style) {
  std::ostringstream out;
  const auto writer = table_writer(out, format, style);
  writer->columns(answer.columns);
  for (const auto& row : answer.rows) {
    EXPECT_EQ(writer->row(row), db::RowSink::Next::go_on);
  }
  writer->finish();
  return out.str();
}

Answer sample() {
  return {{"name", "n", "x"},
          {{std::string("a,\"b\"\nc"), std::int64_t{7}, 0.1},
           {std::monostate{}, std::monostate{}, std::monostate{}}}};
}

TEST(TableFormat, CsvQuotesAsRfc4180SaysAndLeavesNullEmpty) {
  EXPECT_EQ(format_table(sample(), TableFormat::csv, plain),
            "name,n,x\r\n\"a,\"\"b\"\"\nc\",7,0.1\r\n,,\r\n");
}

TEST(TableFormat, JsonKeepsNumbersAndNull) {
  EXPECT_EQ(format_table(sample(), TableFormat::jsonl, plain),
            "{\"name\":\"a,\\\"b\\\"\\nc\",\"n\":7,\"x\":0.1}\n"
            "{\"name\":null,\"n\":null,\"x\":null}\n");
}

TEST(TableFormat, JsonIsOneArray) {
  const Answer table{{"n"}, {{std::int64_t{1}}, {std::int64_t{2}}}};

  EXPECT_EQ(format_table(table, TableFormat::json, plain),
            "[\n  {\n    \"n\": 1\n  },\n  {\n    \"n\": 2\n  }\n]\n");
}

TEST(TableFormat, NumbersThatJsonLacksAreNull) {
  const Answer table{{"x"}, {{std::numeric_limits<double>::infinity()}}};

  EXPECT_EQ(format_table(table, TableFormat::jsonl, plain), "{\"x\":null}\n");
}

TEST(TableFormat, ColumnsOfOneNameStayApartInJson) {
  const Answer table{{"n", "n"}, {{std::int64_t{1}, std::int64_t{2}}}};

  EXPECT_EQ(format_table(table, TableFormat::jsonl, plain), "{\"n\":1,\"n:2\":2}\n");
}

TEST(TableFormat, ATableAlignsNumbersToTheRight) {
  const Answer table{{"k", "value"},
                     {{std::string("a"), std::int64_t{7}}, {std::string("bcd"), std::monostate{}}}};

  EXPECT_EQ(format_table(table, TableFormat::table, plain), "k    value\na        7\nbcd   NULL\n");
}

TEST(TableFormat, ATableRoundsForPeople) {
  const Answer table{{"x"}, {{0.1 + 0.2}, {2e-5}}};

  EXPECT_EQ(format_table(table, TableFormat::table, plain), "    x\n  0.3\n2e-05\n");
}

TEST(TableFormat, DoublesReadBackAsTheyWere) {
  const Answer table{{"x"}, {{0.1 + 0.2}}};

  EXPECT_EQ(format_table(table, TableFormat::csv, plain), "x\r\n0.30000000000000004\r\n");
}

TEST(TableFormat, AnAnswerWithoutRowsHasItsTitlesOrAnEmptyArray) {
  const Answer table{{"a", "b"}, {}};

  EXPECT_EQ(format_table(table, TableFormat::table, plain), "a  b\n");
  EXPECT_EQ(format_table(table, TableFormat::csv, plain), "a,b\r\n");
  EXPECT_EQ(format_table(table, TableFormat::json, plain), "[]\n");
  EXPECT_EQ(format_table(table, TableFormat::jsonl, plain), "");
}

TEST(TableFormat, NothingIsWrittenBeforeTheFirstRow) {
  for (const TableFormat format :
       {TableFormat::table, TableFormat::csv, TableFormat::json, TableFormat::jsonl}) {
    std::ostringstream out;
    table_writer(out, format, plain)->columns({"a"});
    EXPECT_EQ(out.str(), "");
  }
}

TEST(TableFormat, ALongTableIsAsWideAsItsStartAndIsWrittenAsItComes) {
  std::ostringstream out;
  const auto writer = table_writer(out, TableFormat::table, plain);
  writer->columns({"n", "text"});
  for (std::int64_t row = 0; row < 1000; ++row) {
    EXPECT_EQ(out.str(), "");
    static_cast<void>(writer->row({row, std::string("abc")}));
  }
  EXPECT_TRUE(out.str().starts_with("  n  text\n  0  abc\n"));
  EXPECT_TRUE(out.str().ends_with("\n999  abc\n"));

  out.str("");
  static_cast<void>(writer->row({std::int64_t{7}, std::string("wider than before")}));
  static_cast<void>(writer->row({std::int64_t{123456}, std::string("x")}));
  writer->finish();

  EXPECT_EQ(out.str(), "  7  wider than before\n123456  x\n");
}

TEST(TableFormat, ATableOfHugeTextsDoesNotWaitForAThousand) {
  std::ostringstream out;
  const auto writer = table_writer(out, TableFormat::table, plain);
  writer->columns({"text"});
  static_cast<void>(writer->row({std::string(600'000, 'x')}));
  EXPECT_EQ(out.str(), "");
  static_cast<void>(writer->row({std::string(600'000, 'x')}));
  EXPECT_GT(out.str().size(), 1'200'000U);
}

TEST(TableFormat, AStreamThatTakesNoMoreEndsTheAnswer) {
  for (const TableFormat format : {TableFormat::csv, TableFormat::json, TableFormat::jsonl}) {
    std::ostringstream out;
    const auto writer = table_writer(out, format, plain);
    writer->columns({"n"});
    out.setstate(std::ios::badbit);
    EXPECT_EQ(writer->row({std::int64_t{1}}), db::RowSink::Next::stop);
  }
}

}  // namespace
}  // namespace tarama::cli
