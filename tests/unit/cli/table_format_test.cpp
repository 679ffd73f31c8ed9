// Tables of SQL in the formats of `tarama query`.
#include "cli/text/table_format.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tarama::cli {
namespace {

const TextStyle plain(ColourUse::none);

db::Table sample() {
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
  const db::Table table{{"n"}, {{std::int64_t{1}}, {std::int64_t{2}}}};

  EXPECT_EQ(format_table(table, TableFormat::json, plain),
            "[\n  {\n    \"n\": 1\n  },\n  {\n    \"n\": 2\n  }\n]\n");
}

TEST(TableFormat, NumbersThatJsonLacksAreNull) {
  const db::Table table{{"x"}, {{std::numeric_limits<double>::infinity()}}};

  EXPECT_EQ(format_table(table, TableFormat::jsonl, plain), "{\"x\":null}\n");
}

TEST(TableFormat, ColumnsOfOneNameStayApartInJson) {
  const db::Table table{{"n", "n"}, {{std::int64_t{1}, std::int64_t{2}}}};

  EXPECT_EQ(format_table(table, TableFormat::jsonl, plain), "{\"n\":1,\"n:2\":2}\n");
}

TEST(TableFormat, ATableAlignsNumbersToTheRight) {
  const db::Table table{
      {"k", "value"},
      {{std::string("a"), std::int64_t{7}}, {std::string("bcd"), std::monostate{}}}};

  EXPECT_EQ(format_table(table, TableFormat::table, plain), "k    value\na        7\nbcd   NULL\n");
}

TEST(TableFormat, ATableRoundsForPeople) {
  const db::Table table{{"x"}, {{0.1 + 0.2}, {2e-5}}};

  EXPECT_EQ(format_table(table, TableFormat::table, plain), "    x\n  0.3\n2e-05\n");
}

TEST(TableFormat, DoublesReadBackAsTheyWere) {
  const db::Table table{{"x"}, {{0.1 + 0.2}}};

  EXPECT_EQ(format_table(table, TableFormat::csv, plain), "x\r\n0.30000000000000004\r\n");
}

}  // namespace
}  // namespace tarama::cli
