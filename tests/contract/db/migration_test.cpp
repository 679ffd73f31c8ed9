// Stores of version 0.1, opened by this program: nothing that they showed is lost, whatever happens
// on the way.
#include "core/search/grid.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/sweep_identity.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "tests/contract/db/frozen_stores.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <sqlite3.h>

#include <array>
#include <csignal>
#include <gmock/gmock.h>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::db::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

void put(const std::filesystem::path& database, const std::string& sql) {
  SqliteConnection(database, Access::read_write).execute(sql.c_str());
}

std::int64_t version_of(const std::filesystem::path& database) {
  return SqliteConnection(database, Access::read_only).integer("PRAGMA user_version");
}

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename());
  }
  return names;
}

class Migration1 : public testing::TestWithParam<const char*> {
 protected:
  Migration1() { thaw(GetParam(), database); }

  tarama::test::TempFolder folder;
  std::filesystem::path database = folder.path() / "tarama.db";
};

INSTANTIATE_TEST_SUITE_P(FrozenStores, Migration1, testing::Values("over", "open", "torch"));

TEST_P(Migration1, EveryViewShowsWhatItShowed) {
  const auto before = shown(database);
  ASSERT_EQ(before.size(), 5U);

  must(open_sqlite_store(database)).reset();

  EXPECT_EQ(shown(database), before);
  SqliteConnection connection(database, Access::read_only);
  EXPECT_EQ(connection.integer("PRAGMA user_version"), 2);
  EXPECT_EQ(connection.integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  Query sound = connection.query("PRAGMA integrity_check");
  ASSERT_TRUE(sound.next());
  EXPECT_EQ(sound.text(0), "ok");
}

TEST_P(Migration1, TheSchemaIsThatOfANewStore) {
  const SqliteHarness fresh;

  must(open_sqlite_store(database)).reset();

  EXPECT_EQ(schema_of(database), schema_of(fresh.database()));
}

TEST_P(Migration1, TheStoreOfBeforeStaysBesideIt) {
  const auto before = shown(database);
  std::vector<std::string> notices;

  must(open_sqlite_store(database, [&](const std::string& text) { notices.push_back(text); }));
  must(open_sqlite_store(database, [&](const std::string& text) { notices.push_back(text); }));

  const std::filesystem::path kept = folder.path() / "tarama.db.v1";
  EXPECT_EQ(version_of(kept), 1);
  EXPECT_EQ(shown(kept), before);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0], HasSubstr("from version 1 of its schema to 2"));
  EXPECT_THAT(notices[0], HasSubstr(kept.string()));
}

TEST_P(Migration1, AnInterruptionAtAnyPointLeavesVersionOneWhole) {
  const auto before = shown(database);
  // How many steps of SQLite's machine the migration takes, of a copy.
  const std::filesystem::path trial = folder.path() / "trial.db";
  thaw(GetParam(), trial);
  std::int64_t steps = 0;
  {
    SqliteConnection connection(trial, Access::read_write);
    sqlite3_progress_handler(
        connection.handle(),
        1,
        [](void* count) { return ++*static_cast<std::int64_t*>(count) < 0 ? 1 : 0; },
        &steps);
    migrate(connection, migrations());
  }
  ASSERT_GT(steps, 1000);
  constexpr int points = 40;
  for (int point = 1; point < points; ++point) {
    std::int64_t left = steps * point / points;
    SqliteConnection connection(database, Access::read_write);
    sqlite3_progress_handler(
        connection.handle(),
        1,
        [](void* count) { return --*static_cast<std::int64_t*>(count) <= 0 ? 1 : 0; },
        &left);
    EXPECT_THROW(migrate(connection, migrations()), SqliteError) << point;
    sqlite3_progress_handler(connection.handle(), 0, nullptr, nullptr);
    EXPECT_EQ(connection.integer("PRAGMA user_version"), 1);
  }
  EXPECT_EQ(shown(database), before);
}

TEST_P(Migration1, AKillAtAnyPointLeavesAStoreThatTheNextStartBringsUpToDate) {
  const auto before = shown(database);
  for (const int thousands : {0, 1, 3, 5, 8, 12, 20, 30}) {
    const pid_t child = ::fork();
    if (child == 0) {
      SqliteConnection connection(database, Access::read_write);
      static std::int64_t left = 0;
      left = 1000 * thousands + 100;
      sqlite3_progress_handler(
          connection.handle(),
          1,
          [](void*) { return --left <= 0 ? ::kill(::getpid(), SIGKILL) : 0; },
          nullptr);
      migrate(connection, migrations());
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const std::int64_t version = version_of(database);
    EXPECT_EQ(version, WIFSIGNALED(status) ? 1 : 2) << thousands;
    EXPECT_EQ(shown(database), before) << thousands;
  }

  must(open_sqlite_store(database)).reset();

  EXPECT_EQ(version_of(database), 2);
  EXPECT_EQ(shown(database), before);
}

TEST_P(Migration1, WithoutRoomForTheCopyNothingIsChanged) {
  const auto before = shown(database);

  struct rlimit unlimited {};

  ::getrlimit(RLIMIT_FSIZE, &unlimited);
  struct rlimit tight = unlimited;
  tight.rlim_cur = 40'000;  // less than the copy takes, more than SQLite's shared memory
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto opened = open_sqlite_store(database);
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, old_handler);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::disk_full);
  EXPECT_THAT(opened.error().message, HasSubstr("so that nothing was changed: "));
  EXPECT_THAT(opened.error().message, HasSubstr("no room left to write"));
  EXPECT_THAT(files_in(folder.path()), testing::Not(testing::Contains("tarama.db.v1")));
  EXPECT_EQ(version_of(database), 1);
  EXPECT_EQ(shown(database), before);
  must(open_sqlite_store(database));
}

// ---- what the orchestrator gets -----------------------------------------------------------------

struct RawRun {
  std::int64_t run;
  std::string state;
  std::int64_t attempt;
  std::string key;

  friend bool operator==(const RawRun&, const RawRun&) = default;
};

std::vector<RawRun> raw_runs(const std::filesystem::path& database, SweepId sweep) {
  SqliteConnection connection(database, Access::read_only);
  Query rows = connection.query(
      "SELECT run_id, state, attempt, run_key FROM run WHERE sweep_id = ?1 ORDER BY 1");
  rows.with(sweep);
  std::vector<RawRun> runs;
  while (rows.next()) {
    runs.push_back({rows.integer(0), rows.text(1), rows.integer(2), rows.text(3)});
  }
  return runs;
}

void expect_levels_of_spec(const StoredSweep& sweep, const std::string& learner) {
  const SweepSpec spec = must(sweep_spec_from_json(sweep.spec));
  const std::vector<Level> levels = must(expand_levels(spec));
  ASSERT_EQ(sweep.levels.size(), levels.size());
  for (std::size_t index = 0; index < levels.size(); ++index) {
    const LevelRecord& stored = sweep.levels[index];
    EXPECT_EQ(stored.level, levels[index].id);
    EXPECT_EQ(stored.params, params_json(levels[index].params));
    EXPECT_EQ(stored.training, levels[index].training);
    EXPECT_EQ(stored.learner, learner);
    EXPECT_EQ(stored.numerics, 2);
    EXPECT_EQ(stored.inputs.data_fingerprint.size(), 32U);
    EXPECT_EQ(stored.inputs.train_examples, 36);
    EXPECT_EQ(stored.inputs.classes, 2);
  }
}

class Thawed : public testing::Test {
 protected:
  void open(const std::string& name, const std::string& sql = "") {
    thaw(name, database);
    if (!sql.empty()) {
      put(database, sql);
    }
    runs_before = raw_runs(database, SweepId{2});
    store = must(open_sqlite_store(database));
  }

  tarama::test::TempFolder folder;
  std::filesystem::path database = folder.path() / "tarama.db";
  std::vector<RawRun> runs_before;
  std::unique_ptr<RunStore> store;
};

TEST_F(Thawed, AnOpenSweepGoesOnWithItsLevelsRunsAndStates) {
  open("open");

  const auto loaded = must(store->load_open());

  ASSERT_EQ(loaded.size(), 2U);
  EXPECT_EQ(loaded[0].name, "paused");
  EXPECT_EQ(loaded[1].name, "open");
  const StoredSweep paused = must(loaded[0].stored);
  const StoredSweep running = must(loaded[1].stored);
  EXPECT_EQ(paused.record.state, SweepState::paused);
  EXPECT_EQ(running.record.state, SweepState::running);
  EXPECT_EQ(running.record.rules.max_restarts, 1);
  EXPECT_EQ(running.record.rules.time_limit, std::chrono::hours{1});
  expect_levels_of_spec(paused, "fake");
  expect_levels_of_spec(running, "fake");
  std::vector<RawRun> runs;
  for (std::size_t index = 0; index < running.runs.size(); ++index) {
    const RunRecord& record = running.record.runs[index];
    EXPECT_EQ(record.run, running.runs[index].run);
    EXPECT_EQ(record.planned_steps, 10);
    runs.push_back({record.run.value,
                    std::string(name_of(record.standing.state)),
                    record.standing.attempt.value,
                    running.runs[index].plan.run_key});
  }
  EXPECT_EQ(runs, runs_before);
}

TEST_F(Thawed, ASweepIsFoundByTheIdentityThatItsFileHas) {
  open("open");
  std::vector<std::string> keys;
  for (const RawRun& run : runs_before) {
    keys.push_back(run.key);
  }
  EXPECT_EQ(must(store->find_sweep(identity_of("open", keys))), SweepId{2});
}

TEST_F(Thawed, ALevelOfTheRealTrainerKeepsItsModel) {
  open("torch");

  const StoredSweep sweep = must(store->load_sweep(SweepId{1}));

  ASSERT_EQ(sweep.levels.size(), 2U);
  EXPECT_EQ(sweep.levels[1].learner, "torch");
  EXPECT_EQ(sweep.levels[1].model.path, "/models/small");
  EXPECT_EQ(sweep.levels[1].model.layers, std::nullopt);
  EXPECT_EQ(sweep.levels[1].model.lowercase, false);
  EXPECT_EQ(sweep.levels[1].inputs,
            (LevelInputs{.data_fingerprint = "f84cf714b4b54aff0d2a6f5a030267b1",
                         .model_fingerprint = "0123456789abcdef0123456789abcdef",
                         .train_examples = 36,
                         .eval_examples = 12,
                         .test_examples = 11,
                         .train_tokens = 209,
                         .classes = 2,
                         .parameters = 22713986,
                         .layers = 6,
                         .hidden = 384,
                         .cut_texts = 0}));
}

TEST_F(Thawed, WhatIsOverIsNotOpen) {
  open("over");
  EXPECT_THAT(must(store->load_open()), IsEmpty());
  EXPECT_EQ(must(store->load_sweep(SweepId{1})).runs.size(), 16U);
}

TEST_F(Thawed, ASweepWhoseInputsCannotBeReadStopsItselfAlone) {
  open("open", "UPDATE sweep SET prepared = '{\"variants\":[]}' WHERE sweep_id = 1");

  const auto loaded = must(store->load_open());

  ASSERT_EQ(loaded.size(), 2U);
  EXPECT_EQ(loaded[0].stored.error(),
            (Error{Errc::corrupt,
                   "sweep 1 ('paused'): level 1: what its data and model were does not stand in "
                   "the store that an older tarama wrote; submit the sweep's file again"}));
  EXPECT_TRUE(loaded[1].stored);
}

TEST_F(Thawed, ASettingOfAnUnknownNameStopsItsSweepAlone) {
  open("open", "UPDATE level SET schedule = 'by_the_moon' WHERE sweep_id = 1 AND level_id = 3");

  const auto loaded = must(store->load_open());

  EXPECT_THAT(loaded.at(0).stored.error().message, HasSubstr("level 3: "));
  EXPECT_THAT(loaded.at(0).stored.error().message, HasSubstr("by_the_moon"));
  EXPECT_TRUE(loaded.at(1).stored);
}

TEST_F(Thawed, TextsOfPeersThatAreNoUtf8BecomeSound) {
  open("open", "UPDATE run SET message = CAST(x'6c6f7374ff' AS TEXT) WHERE run_id = 1");

  EXPECT_EQ(must(must(ReadStore::open(database)).run(RunId{1})).standing.message, "lost\uFFFD");
}

TEST_F(Thawed, AViewOfTheUsersOwnStays) {
  open("over",
       "CREATE VIEW mine AS SELECT run_id, lr FROM results; CREATE VIEW metrics AS SELECT 1");

  EXPECT_EQ(SqliteConnection(database, Access::read_only).integer("SELECT count(*) FROM mine"), 16);
}

TEST_F(Thawed, ACopyOfAnEarlierStartIsReplaced) {
  std::ofstream(folder.path() / "tarama.db.v1") << "another copy";
  std::ofstream(folder.path() / "tarama.db.v1.part") << "half a copy";

  open("over");

  EXPECT_EQ(version_of(folder.path() / "tarama.db.v1"), 1);
  EXPECT_THAT(files_in(folder.path()), testing::Not(testing::Contains("tarama.db.v1.part")));
}

}  // namespace
}  // namespace tarama::db::test
