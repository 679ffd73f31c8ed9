// A person's SQL: it can read, and nothing else, and its answer comes row by row.
#include "tests/contract/db/store_harness.hpp"

#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Querying : public testing::Test {
 protected:
  void create(const NewSweep& sweep) { must(harness.store().create_sweep(sweep)); }

  SqliteHarness harness;
};

TEST_F(Querying, AQueryGivesColumnsAndTypedCells) {
  const Table table =
      must(ask(harness.reader(),
               "SELECT 1 AS a, 2.5 AS b, 'x' AS c, NULL AS d, x'00ff' AS e -- that is all\n;"));

  EXPECT_THAT(table.names, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(table.rows, (std::vector<std::vector<Cell>>{{1, 2.5, "x", std::monostate{}, "00ff"}}));
}

TEST_F(Querying, AQueryMayExplainUnpackJsonAndLookAtTheSchema) {
  const ReadStore reader = harness.reader();
  EXPECT_EQ(must(ask(reader, "PRAGMA table_info(account)")).rows.size(), 9U);
  EXPECT_EQ(must(ask(reader, "SELECT name FROM pragma_table_info('account')")).rows.size(), 9U);
  EXPECT_EQ(must(ask(reader, "SELECT value FROM json_each('[7]')")).rows,
            (std::vector<std::vector<Cell>>{{7}}));
  EXPECT_FALSE(must(ask(reader, "EXPLAIN QUERY PLAN SELECT * FROM steps")).rows.empty());
  EXPECT_EQ(must(ask(reader,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                     "LIMIT 3) SELECT max(i) FROM n"))
                .rows,
            (std::vector<std::vector<Cell>>{{3}}));
}

TEST_F(Querying, PragmasThatOnlyTellAreAnswered) {
  const ReadStore reader = harness.reader();
  EXPECT_EQ(must(ask(reader, "PRAGMA user_version")).rows, (std::vector<std::vector<Cell>>{{2}}));
  EXPECT_EQ(must(ask(reader, "PRAGMA integrity_check")).rows,
            (std::vector<std::vector<Cell>>{{"ok"}}));
  for (const char* pragma : {"application_id",
                             "schema_version",
                             "data_version",
                             "page_size",
                             "page_count",
                             "freelist_count",
                             "encoding",
                             "auto_vacuum",
                             "database_list",
                             "collation_list",
                             "pragma_list"}) {
    EXPECT_FALSE(must(ask(reader, std::string("PRAGMA ") + pragma)).rows.empty()) << pragma;
  }
}

TEST_F(Querying, WhatWouldChangeSomethingIsRefused) {
  create(sample_sweep());
  const std::string beside = (harness.folder() / "beside.db").string();
  const ReadStore reader = harness.reader();
  for (const std::string& sql : {std::string("DELETE FROM run"),
                                 std::string("UPDATE run SET state = 'failed'"),
                                 std::string("INSERT INTO sweep (name) VALUES ('x')"),
                                 std::string("CREATE TABLE x (a)"),
                                 std::string("UPDATE sqlite_schema SET sql = ''"),
                                 std::string("WITH n AS (SELECT 1) DELETE FROM run"),
                                 std::string("CREATE TEMP TABLE x (a)"),
                                 std::string("DROP VIEW steps"),
                                 std::string("PRAGMA user_version = 7"),
                                 std::string("PRAGMA query_only = OFF"),
                                 std::string("PRAGMA application_id(7)"),
                                 std::string("PRAGMA schema_version = 7"),
                                 std::string("PRAGMA page_size = 512"),
                                 std::string("PRAGMA foreign_keys = OFF"),
                                 std::string("PRAGMA optimize"),
                                 std::string("PRAGMA incremental_vacuum"),
                                 std::string("PRAGMA shrink_memory"),
                                 std::string("PRAGMA journal_mode = DELETE"),
                                 std::string("PRAGMA wal_checkpoint"),
                                 std::string("BEGIN"),
                                 std::string("VACUUM"),
                                 "VACUUM INTO '" + beside + "'",
                                 "ATTACH '" + beside + "' AS x",
                                 std::string("SELECT load_extension('x')"),
                                 std::string("EXPLAIN DELETE FROM run")}) {
    const auto result = ask(reader, sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, Errc::refused) << sql << ": " << result.error().message;
    EXPECT_THAT(result.error().message, StartsWith("a query only reads")) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists(beside));
  EXPECT_EQ(must(ask(reader, "SELECT count(*) FROM run WHERE state = 'pending'")).rows,
            (std::vector<std::vector<Cell>>{{4}}));
}

TEST_F(Querying, SeveralStatementsOrNoneAreRefused) {
  const ReadStore reader = harness.reader();
  EXPECT_EQ(ask(reader, "SELECT 1; SELECT 2").error(),
            (Error{Errc::invalid_argument, "SQL: one statement at a time, please"}));
  EXPECT_EQ(ask(reader, "  -- nothing\n").error(),
            (Error{Errc::invalid_argument, "SQL: there is no statement in it"}));
  EXPECT_EQ(ask(reader, std::string("SELECT 1;\0SELECT 2", 18)).error(),
            (Error{Errc::invalid_argument, "SQL: it holds a zero byte"}));
}

TEST_F(Querying, SqlThatIsNotUnderstoodIsShownWhereItGoesWrong) {
  const ReadStore reader = harness.reader();
  EXPECT_EQ(ask(reader, "SELECT * FORM steps").error(),
            (Error{Errc::invalid_argument, R"(SQL: near "FORM": syntax error, at 'FORM steps')"}));
  EXPECT_EQ(ask(reader, "SELECT * FROM result").error().message,
            "no such table: result; the views are results, steps, evals, levels, account, metrics, "
            "predictions, devices, device_readings, quarantines, refinements, looks, rungs, "
            "changes, "
            "their columns stand in docs/SCHEMA.md and in PRAGMA table_info(results)");
}

TEST_F(Querying, AnAnswerIsHandedOverWhileItIsWorkedOutAndEndsWhereTheSinkSaysSo) {
  struct First : RowSink {
    std::int64_t rows = 0;

    void columns(const std::vector<std::string>& /*names*/) override {}

    Next row(const std::vector<Cell>& cells) override {
      EXPECT_EQ(cells, std::vector<Cell>{++rows});
      return rows == 3 ? Next::stop : Next::go_on;
    }
  };

  First sink;

  // Without an end: whoever waits for the whole answer waits for ever.
  must(harness.reader().query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", sink));

  EXPECT_EQ(sink.rows, 3);
}

TEST_F(Querying, RowsBeforeAnErrorAreHandedOver) {
  Table table;

  const auto answered = harness.reader().query(
      "SELECT abs(column1) FROM (VALUES (-1), (-9223372036854775807 - 1))", table);

  ASSERT_FALSE(answered);
  EXPECT_THAT(answered.error().message, HasSubstr("integer overflow"));
  EXPECT_EQ(table.rows, (std::vector<std::vector<Cell>>{{1}}));
}

}  // namespace
}  // namespace tarama::db::test
