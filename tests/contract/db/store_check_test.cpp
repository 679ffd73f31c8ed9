// What `doctor --store` finds, one fault at a time.
#include "db/sqlite/store_check.hpp"

#include "db/sqlite/store_backup.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <fstream>
#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using Weight = StoreFinding::Weight;

class CheckedStore : public testing::Test {
 protected:
  CheckedStore() {
    NewSweep sweep = sample_sweep();
    sweep.spec = R"({"name":"cola","keep":{"models":"all"}})";
    must(harness.store().create_sweep(sweep));
    must(harness.store().write(whole_run(RunId{1})));
    must(harness.store().write(whole_run(RunId{3}, {0.5, 0.9})));
    must(harness.store().write(
        {attempt_leased(RunId{2}, Attempt{1}), run_in(RunId{2}, RunState::leased, Attempt{1})}));
    harness.close();
  }

  void change(const char* sql) {
    SqliteConnection connection(harness.database(), Access::read_write);
    connection.execute(sql);
  }

  /// Makes noise of the first page of a table; of the schema's, which follows the file's header, of
  /// what comes behind that.
  void damage(const std::string& table) {
    std::int64_t page = 1;
    std::int64_t size = 0;
    {
      SqliteConnection connection(harness.database(), Access::read_write);
      connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      Query root = connection.query("SELECT rootpage FROM sqlite_schema WHERE name = ?1");
      page = root.with(table).next() ? root.integer(0) : 1;
      Query bytes = connection.query("PRAGMA page_size");
      size = bytes.next() ? bytes.integer(0) : 0;
    }
    ASSERT_GT(size, 0);
    constexpr std::int64_t header = 100;
    std::fstream file(harness.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * size + header);
    file << std::string(static_cast<std::size_t>(size - header), '\xa5');
  }

  std::vector<StoreFinding> findings(StoreUse use = StoreUse::idle) {
    return check_store({harness.folder()}, use, [](std::string_view) {});
  }

  /// Those that are not fine.
  std::vector<StoreFinding> bad_findings() {
    std::vector<StoreFinding> found = findings();
    std::erase_if(found, [](const StoreFinding& one) { return one.weight == Weight::fine; });
    return found;
  }

  void make(const std::string& file) {
    const auto path = harness.folder() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  }

  SqliteHarness harness;
};

auto finding(const std::string& check, Weight weight, const std::string& what) {
  return AllOf(Field(&StoreFinding::check, check),
               Field(&StoreFinding::weight, weight),
               Field(&StoreFinding::what, HasSubstr(what)));
}

TEST_F(CheckedStore, IsFineWhereNothingIsWrong) {
  EXPECT_THAT(findings(),
              ElementsAre(finding("database", Weight::fine, "sound"),
                          finding("rows", Weight::fine, ""),
                          finding("account", Weight::fine, "1 sweeps, 4 runs, 3 attempts"),
                          finding("models", Weight::fine, ""),
                          finding("checkpoints", Weight::fine, ""),
                          finding("leftovers", Weight::fine, "")));
}

TEST_F(CheckedStore, RowsThatAreGoneAreMissed) {
  change("DELETE FROM step_row WHERE run_id = 1 AND step = 2");
  EXPECT_THAT(
      bad_findings(),
      ElementsAre(finding("account", Weight::problem, "1 runs are called succeeded and lack")));
}

TEST_F(CheckedStore, RowsOfNobodyAreFound) {
  change("PRAGMA foreign_keys = OFF; DELETE FROM run WHERE run_id = 2");
  EXPECT_THAT(bad_findings(), Contains(finding("rows", Weight::problem, "rows refer to others")));
}

TEST_F(CheckedStore, AnAccountThatItsRowsDoNotBearOutIsFound) {
  change(
      "UPDATE level SET mean = 0.81 WHERE level_id = 1; UPDATE run SET attempt = 2 WHERE run_id = "
      "2");
  EXPECT_THAT(bad_findings(),
              ElementsAre(finding("account", Weight::problem, "1 runs have another newest attempt"),
                          finding("account", Weight::problem, "1 levels have another mean")));
}

TEST_F(CheckedStore, AMissingModelIsAProblemAndAModelOfNobodyARemark) {
  change("UPDATE level SET learner = 'packed'; UPDATE sweep SET trainer = 'torch'");
  make("models/1/config.json");
  make("models/77/config.json");
  EXPECT_THAT(bad_findings(),
              ElementsAre(finding("models", Weight::problem, "whose models are gone: 1: 3"),
                          finding("models", Weight::remark, "1: 77")));
}

TEST_F(CheckedStore, CheckpointsThatNobodyNeedsAndUnfinishedFilesAreRemarks) {
  make("checkpoints/1/checkpoint-000001.bin");
  make("checkpoints/2/checkpoint-000001.bin");
  make("checkpoints/2/attempt-1.tmp");
  EXPECT_THAT(bad_findings(),
              ElementsAre(finding("checkpoints", Weight::remark, "1: 1"),
                          finding("leftovers", Weight::remark, "1: checkpoints/2/attempt-1.tmp")));
  EXPECT_THAT(findings(StoreUse::in_use),
              testing::Not(Contains(Field(&StoreFinding::check, "leftovers"))));
}

TEST_F(CheckedStore, DamagedPagesAreAProblemWithWhatToDo) {
  damage("step_row");

  const auto found = findings();

  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], finding("database", Weight::problem, "it is damaged: "));
  EXPECT_THAT(found[0].remedy, HasSubstr("keep a copy of the folder"));
}

TEST_F(CheckedStore, ASchemaThatIsDamagedIsAProblemWithWhatToDo) {
  damage("sqlite_schema");

  const auto found = findings();

  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], finding("database", Weight::problem, "image is malformed"));
  EXPECT_THAT(found[0].remedy, HasSubstr("keep a copy of the folder"));
}

TEST_F(CheckedStore, AStoreThatIsNotThereIsSaid) {
  const auto found = check_store({"/nowhere"}, StoreUse::idle, [](std::string_view) {});
  EXPECT_THAT(found, ElementsAre(finding("database", Weight::problem, "does not exist")));
}

TEST_F(CheckedStore, ACopyMadeByBackupIsAStoreThatIsWhole) {
  const tarama::test::TempFolder elsewhere;
  must(backup_store(harness.database(), elsewhere.path() / "tarama.db"));

  auto store = must(open_sqlite_store(elsewhere.path() / "tarama.db"));

  EXPECT_EQ(must(store->load_open()).size(), 1U);
  must(store->write(whole_run(RunId{4})));
  EXPECT_THAT(check_store({elsewhere.path()}, StoreUse::in_use, [](std::string_view) {}),
              testing::Each(Field(&StoreFinding::weight, Weight::fine)));
}

}  // namespace
}  // namespace tarama::db::test
