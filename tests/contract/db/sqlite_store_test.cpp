// What only the database can promise or suffer: durability, versions, strangers' files, a full
// disk, readers beside the writer.
#include "db/sqlite/schema/schema.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <array>
#include <cmath>
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::db::test {
namespace {

using tarama::test::TempFolder;
using testing::EndsWith;
using testing::HasSubstr;

constexpr RunId run{1};
constexpr Attempt first{1};

void put(const std::filesystem::path& database, const char* sql) {
  SqliteConnection(database, Access::read_write).execute(sql);
}

std::int64_t ask(const std::filesystem::path& database, std::string_view sql) {
  return SqliteConnection(database, Access::read_only).integer(sql);
}

TEST(SqliteStore, WhatWasCommittedOutlivesKillNine) {
  TempFolder folder;
  const auto database = folder.path() / "tarama.db";
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = must(open_sqlite_store(database));
    must(store->create_sweep(sample_sweep({1, 1, 1'000'000, 2})));
    must(store->write({attempt_started(run, first, 0)}));
    for (std::int64_t step = 0;; ++step) {
      must(store->write({batch_of_steps(run, first, step, step + 1)}));
      static_cast<void>(::write(pipe[1], "x", 1));
    }
  }
  constexpr std::int64_t awaited = 50;
  for (std::int64_t heard = 0; heard < awaited; ++heard) {
    char letter = 0;
    ASSERT_EQ(::read(pipe[0], &letter, 1), 1);
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);

  auto store = must(open_sqlite_store(database));

  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_GE(must(store->committed(run)).steps, awaited);
  EXPECT_EQ(must(store->load_open()).size(), 1U);
}

TEST(SqliteStore, UsesAWriteAheadLogAndForeignKeys) {
  SqliteHarness harness;
  EXPECT_TRUE(std::filesystem::exists(harness.folder() / "tarama.db-wal"));
  SqliteConnection raw(harness.database(), Access::read_only);
  Query mode = raw.query("PRAGMA journal_mode");
  ASSERT_TRUE(mode.next());
  EXPECT_EQ(mode.text(0), "wal");
}

TEST(SqliteStore, AFullDiskIsSaidAndLosesNothingOfBefore) {
  SqliteHarness harness;
  must(harness.store().create_sweep(sample_sweep()));
  must(harness.store().write({attempt_started(run, first, 0)}));

  // A limit on the size of files stands in for the disk: the write-ahead log cannot grow.
  struct rlimit before {};

  ::getrlimit(RLIMIT_FSIZE, &before);
  struct rlimit tight = before;
  tight.rlim_cur = std::filesystem::file_size(harness.folder() / "tarama.db-wal");
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto refused = harness.store().write({batch_of_steps(run, first, 0, 4)});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::disk_full);
  EXPECT_THAT(refused.error().message, HasSubstr("tarama.db: no room left to write"));
  EXPECT_EQ(must(harness.store().committed(run)).steps, 0);
  must(harness.store().write({batch_of_steps(run, first, 0, 4)}));
  EXPECT_EQ(must(harness.store().committed(run)).steps, 4);
}

TEST(SqliteStore, AReaderSeesOneSnapshotWhileTheWriterGoesOn) {
  SqliteHarness harness;
  must(harness.store().create_sweep(sample_sweep()));
  SqliteConnection reader(harness.database(), Access::read_only);
  const Transaction snapshot(reader, Transaction::Kind::read);
  EXPECT_EQ(reader.integer("SELECT count(*) FROM step_row"), 0);

  must(harness.store().write(whole_run(run)));

  EXPECT_EQ(reader.integer("SELECT count(*) FROM step_row"), 0);
  EXPECT_EQ(ask(harness.database(), "SELECT count(*) FROM step_row"), 4);
}

// ---- versions and strangers ---------------------------------------------------------------------

TEST(Schema, VersionsAreOneTwoThree) {
  std::int64_t expected = 0;
  for (const Migration& migration : migrations()) {
    EXPECT_EQ(migration.version, ++expected);
  }
}

TEST(Schema, MigrationsBuildOnOneAnotherAndAreDoneOnce) {
  TempFolder folder;
  SqliteConnection connection(folder.path() / "x.db", Access::read_write);
  const std::array steps = {Migration{1, "CREATE TABLE a (x INTEGER)", nullptr},
                            Migration{2, "ALTER TABLE a ADD COLUMN y INTEGER", nullptr}};

  migrate(connection, std::span(steps).first(1));
  migrate(connection, steps);
  migrate(connection, steps);

  EXPECT_EQ(connection.integer("SELECT count(*) FROM pragma_table_info('a')"), 2);
  EXPECT_EQ(check_version(connection, steps), 2);
}

TEST(Schema, AMigrationThatFailsLeavesTheVersionBeforeItWhole) {
  TempFolder folder;
  SqliteConnection connection(folder.path() / "x.db", Access::read_write);
  const std::array steps = {
      Migration{1, "CREATE TABLE a (x INTEGER)", nullptr},
      Migration{2, "CREATE TABLE b (x INTEGER); CREATE TABLE a (y INTEGER)", nullptr}};

  EXPECT_THROW(migrate(connection, steps), SqliteError);

  EXPECT_EQ(connection.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(connection.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST(SqliteStore, ADatabaseOfANewerTaramaIsRefusedAndLeftAlone) {
  SqliteHarness harness;
  harness.close();
  put(harness.database(), "PRAGMA user_version = 99");

  const auto opened = open_sqlite_store(harness.database());

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::refused);
  EXPECT_THAT(opened.error().message,
              EndsWith("the store was written by a newer tarama: its schema has version 99, this "
                       "program knows versions up to 2; use that tarama, or another --store"));
  EXPECT_EQ(ReadStore::open(harness.database()).error().code, Errc::refused);
  EXPECT_EQ(ask(harness.database(), "PRAGMA user_version"), 99);
}

TEST(SqliteStore, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  TempFolder folder;
  const auto database = folder.path() / "tarama.db";
  put(database, "CREATE TABLE bookmarks (url TEXT)");

  const auto opened = open_sqlite_store(database);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::refused);
  EXPECT_THAT(opened.error().message, HasSubstr("is another program's database"));
  EXPECT_EQ(ask(database, "SELECT count(*) FROM sqlite_schema"), 1);
  EXPECT_EQ(ReadStore::open(database).error().code, Errc::refused);
}

TEST(SqliteStore, AFileThatIsNoDatabaseIsCorrupt) {
  TempFolder folder;
  const auto database = folder.path() / "tarama.db";
  std::ofstream(database) << std::string(5000, 'x');

  const auto opened = open_sqlite_store(database);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_THAT(opened.error().message, HasSubstr("not a sound SQLite database"));
}

TEST(SqliteStore, AFolderThatIsNotThereIsAnError) {
  const auto opened = open_sqlite_store("/nowhere/at/all/tarama.db");

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
  EXPECT_THAT(opened.error().message, HasSubstr("opening the store /nowhere/at/all/tarama.db: "));
}

// ---- one sweep that cannot be read
// ---------------------------------------------------------------

TEST(SqliteStore, ASweepThatCannotBeReadStopsItselfAlone) {
  SqliteHarness harness;
  must(harness.store().create_sweep(sample_sweep({1, 1}, "sound")));
  must(harness.store().create_sweep(sample_sweep({2, 1}, "newer")));
  must(harness.store().create_sweep(sample_sweep({1, 1}, "odd")));
  harness.close();
  put(harness.database(),
      R"(UPDATE level SET settings = json_set(settings, '$.training.momentum', 0.9)
           WHERE sweep_id = 2 AND level_id = 2;
         UPDATE level SET settings = json_set(settings, '$.training.schedule', 'by_the_moon')
           WHERE sweep_id = 3)");

  auto store = must(open_sqlite_store(harness.database()));
  const auto loaded = must(store->load_open());

  ASSERT_EQ(loaded.size(), 3U);
  EXPECT_TRUE(loaded[0].stored);
  EXPECT_EQ(loaded[1].name, "newer");
  EXPECT_EQ(loaded[1].stored.error(),
            (Error{Errc::refused,
                   "sweep 2 ('newer'): level 2: a level has the setting 'training.momentum', which "
                   "this tarama does not know; the sweep goes on with the version that submitted "
                   "it"}));
  EXPECT_EQ(loaded[2].stored.error().code, Errc::corrupt);
  EXPECT_THAT(loaded[2].stored.error().message, HasSubstr("sweep 3 ('odd'): level 1: "));
  EXPECT_THAT(loaded[2].stored.error().message, HasSubstr("by_the_moon"));
  EXPECT_EQ(store->load_sweep(SweepId{3}).error(), loaded[2].stored.error());
}

TEST(SqliteStore, ARunWhoseFailureHasAnUnknownNameStopsItsSweepAlone) {
  SqliteHarness harness;
  must(harness.store().create_sweep(sample_sweep()));
  must(harness.store().create_sweep(sample_sweep()));
  harness.close();
  put(harness.database(), "UPDATE run SET failure_class = 'bewitched' WHERE run_id = 1");

  auto store = must(open_sqlite_store(harness.database()));
  const auto loaded = must(store->load_open());

  EXPECT_THAT(loaded.at(0).stored.error().message,
              HasSubstr("sweep 1 ('cola'): the store holds the name 'bewitched'"));
  EXPECT_TRUE(loaded.at(1).stored);
}

TEST(SqliteStore, WhatIsOverIsNotReadAtTheStart) {
  SqliteHarness harness;
  SqliteConnection raw(harness.database(), Access::read_only);
  Query plan = raw.query(fmt::format("EXPLAIN QUERY PLAN {}", open_sweeps_sql));
  std::string steps;
  while (plan.next()) {
    steps += plan.text(3) + "\n";
  }
  EXPECT_THAT(steps, HasSubstr("SCAN sweep USING INDEX open_sweep"));
  EXPECT_THAT(steps, HasSubstr("SCAN run USING INDEX open_run"));
  EXPECT_THAT(steps, HasSubstr("SEARCH s USING INTEGER PRIMARY KEY"));
}

TEST(SqliteStore, ANumberThatIsToldOnceMoreKeepsItsTimeAndAnotherValueCounts) {
  TempFolder folder;
  const auto database = folder.path() / "tarama.db";
  auto store = must(open_sqlite_store(database));
  NewSweep sweep = sample_sweep({.steps = 0, .evals = 1});
  sweep.trainer = "program";
  sweep.metric = {.name = MetricName::reported, .program_name = "score"};
  must(store->create_sweep(sweep));
  MetricBatch batch;
  batch.run = run;
  batch.attempt = first;
  batch.reported = {{.name = "score", .step = 1, .value = 1, .at = 10},
                    {.name = "score", .step = 2, .value = std::nan(""), .at = 10},
                    {.name = "score", .step = 3, .value = 1, .at = 10}};
  must(store->write({attempt_started(run, first, 0), batch}));
  for (ReportedRow& row : batch.reported) {
    row.at = 20;
  }
  batch.reported.back().value = 5;

  must(store->write({batch}));

  EXPECT_EQ(ask(database, "SELECT group_concat(at, '') FROM (SELECT at FROM metric ORDER BY step)"),
            101020);
  EXPECT_EQ(ask(database, "SELECT value FROM metric WHERE step = 3"), 5);
}

}  // namespace
}  // namespace tarama::db::test
