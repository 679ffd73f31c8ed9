// Stores that earlier states of schema 2 made: brought up to date when they are opened to be
// written, explained where they are only read.
#include "db/sqlite/schema/newest_schema.hpp"

#include "tests/contract/db/frozen_stores.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <sqlite3.h>

#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void change(const std::filesystem::path& database, const char* sql) {
  SqliteConnection connection(database, Access::read_write);
  connection.execute("PRAGMA legacy_alter_table = ON");
  connection.execute(sql);
}

/// Takes away what came later: whole tables with their view, columns, a state in a check, a column
/// of a view, an index.
constexpr const char* as_it_began = R"sql(
DROP VIEW predictions;
DROP TABLE prediction;
DROP TABLE label;
DROP TABLE class_name;
DROP INDEX open_run;
DROP VIEW account;
CREATE VIEW account AS SELECT sweep_id, 4 AS planned FROM sweep;
ALTER TABLE attempt DROP COLUMN from_step;
ALTER TABLE duty RENAME TO moved;
CREATE TABLE duty (duty_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind <> 'remove_checkpoints'),
  sweep_id INTEGER NOT NULL REFERENCES sweep, detail TEXT NOT NULL) STRICT;
DROP TABLE moved;
INSERT INTO duty VALUES (7, 'on_end', 1, 'finished'), (9, 'on_end', 1, 'paused');
DELETE FROM duty WHERE duty_id = 9;
)sql";

class EarlyStore : public testing::Test {
 protected:
  EarlyStore() {
    must(harness.store().create_sweep(sample_sweep()));
    must(harness.store().write(whole_run(RunId{1})));
    before = shown(harness.database());
    harness.close();
  }

  std::vector<std::string> notices_of_an_open() {
    std::vector<std::string> notices;
    must(open_sqlite_store(harness.database(),
                           [&](const std::string& text) { notices.push_back(text); }));
    return notices;
  }

  SqliteHarness harness;
  std::map<std::string, std::vector<std::string>> before;
};

TEST_F(EarlyStore, IsBroughtToTheSchemaOfANewOneWithItsRows) {
  change(harness.database(), as_it_began);
  const SqliteHarness fresh;

  const auto notices = notices_of_an_open();

  EXPECT_THAT(notices,
              ElementsAre(HasSubstr("brought up to date: account, attempt, class_name, duty, "
                                    "label, open_run, prediction, predictions")));
  EXPECT_EQ(schema_of(harness.database()), schema_of(fresh.database()));
  EXPECT_EQ(shown(harness.database()), before);
  harness.restart();
  ASSERT_EQ(must(harness.store().duties()).size(), 1U);
  EXPECT_EQ(must(harness.store().duties())[0].duty, 7);
  EXPECT_EQ(must(harness.store().last_duty()), 9);  // a number is never given again
  must(harness.store().write({sample_predictions(RunId{1}, Attempt{1}, 2, 5)}));
}

TEST_F(EarlyStore, IsBroughtUpToDateOnce) {
  change(harness.database(), as_it_began);
  EXPECT_EQ(notices_of_an_open().size(), 1U);
  EXPECT_THAT(notices_of_an_open(), IsEmpty());
}

TEST_F(EarlyStore, AnInterruptionAtAnyPointLeavesItAsItWas) {
  change(harness.database(), as_it_began);
  const auto schema = schema_of(harness.database());
  bool is_done = false;
  for (std::int64_t allowed = 50; !is_done; allowed += 150) {
    SqliteConnection connection(harness.database(), Access::read_write);
    connection.execute("PRAGMA foreign_keys = OFF");
    std::int64_t left = allowed;
    sqlite3_progress_handler(
        connection.handle(),
        1,
        [](void* count) { return --*static_cast<std::int64_t*>(count) <= 0 ? 1 : 0; },
        &left);
    try {
      bring_to_newest(connection, migrations());
      is_done = true;
    } catch (const SqliteError&) {
      sqlite3_progress_handler(connection.handle(), 0, nullptr, nullptr);
      ASSERT_EQ(schema_of(harness.database()), schema) << allowed;
    }
  }
  EXPECT_EQ(shown(harness.database()), before);
}

TEST_F(EarlyStore, SaysWhatToDoWhereItIsOnlyRead) {
  change(harness.database(), as_it_began);
  const ReadStore reader = harness.reader();

  const auto sweeps = reader.sweeps();
  const auto rows = ask(reader, "SELECT * FROM predictions");

  for (const Error& error : {sweeps.error(), rows.error()}) {
    EXPECT_EQ(error.code, Errc::refused);
    EXPECT_THAT(error.message, HasSubstr("start `tarama serve` of this version on it once"));
  }
}

TEST_F(EarlyStore, AMistakeInAQueryIsNoReasonToUpdate) {
  const auto rows = ask(harness.reader(), "SELECT * FROM forecasts");
  EXPECT_EQ(rows.error().code, Errc::invalid_argument);
  EXPECT_THAT(rows.error().message, HasSubstr("the views are results, "));
}

TEST_F(EarlyStore, WhatThisTaramaDoesNotKnowStays) {
  change(harness.database(),
         "ALTER TABLE attempt ADD COLUMN mood TEXT; UPDATE attempt SET mood = 'calm'; "
         "CREATE TABLE later (x); INSERT INTO later VALUES (3); "
         "CREATE VIEW mine AS SELECT outcome FROM attempt; DROP TABLE class_name");

  EXPECT_EQ(notices_of_an_open().size(), 1U);

  SqliteConnection raw(harness.database(), Access::read_only);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM attempt WHERE mood = 'calm'"), 1);
  EXPECT_EQ(raw.integer("SELECT x FROM later"), 3);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM mine"), 1);
  EXPECT_EQ(shown(harness.database()), before);
}

TEST_F(EarlyStore, ATableWithUnknownColumnsThatLacksOursIsRefusedAndLeftAlone) {
  change(harness.database(),
         "ALTER TABLE attempt DROP COLUMN from_step; ALTER TABLE attempt ADD COLUMN mood TEXT; "
         "DROP TABLE class_name");
  const auto schema = schema_of(harness.database());

  const auto opened = open_sqlite_store(harness.database());

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::refused);
  EXPECT_THAT(opened.error().message, HasSubstr("table attempt has the columns mood"));
  EXPECT_THAT(opened.error().message, HasSubstr("and lacks from_step"));
  EXPECT_EQ(schema_of(harness.database()), schema);
}

TEST_F(EarlyStore, RowsThatTheNewTableDoesNotTakeAreRefusedAndLeftAlone) {
  change(harness.database(),
         "ALTER TABLE metric_name RENAME TO moved; "
         "CREATE TABLE metric_name (name_id INTEGER PRIMARY KEY) STRICT; DROP TABLE moved; "
         "INSERT INTO metric_name VALUES (1)");
  const auto schema = schema_of(harness.database());

  const auto opened = open_sqlite_store(harness.database());

  EXPECT_EQ(opened.error().code, Errc::refused);
  EXPECT_THAT(opened.error().message, HasSubstr("rows of the table metric_name"));
  EXPECT_EQ(schema_of(harness.database()), schema);
}

}  // namespace
}  // namespace tarama::db::test
