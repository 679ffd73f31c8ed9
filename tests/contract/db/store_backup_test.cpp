// Copies of a store: consistent, checked, never over another file.
#include "db/sqlite/store_backup.hpp"

#include "tests/contract/db/frozen_stores.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <atomic>
#include <csignal>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <thread>

namespace tarama::db::test {
namespace {

using testing::HasSubstr;

class BackingUp : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path copy() const { return harness.folder() / "copy.db"; }

  SqliteHarness harness;
};

std::int64_t count(const std::filesystem::path& database, const std::string& what) {
  return SqliteConnection(database, Access::read_only).integer("SELECT count(*) FROM " + what);
}

TEST_F(BackingUp, TheCopyIsAStoreOfItsOwnInOneFile) {
  must(harness.store().create_sweep(sample_sweep()));
  must(harness.store().write(whole_run(RunId{1})));

  const Backup backup = must(backup_store(harness.database(), copy()));

  EXPECT_EQ(backup.file, copy());
  EXPECT_EQ(backup.bytes, std::filesystem::file_size(copy()));
  EXPECT_EQ(backup.version, 2);
  EXPECT_EQ(shown(copy()), shown(harness.database()));
  EXPECT_FALSE(std::filesystem::exists(copy().string() + "-wal"));
  auto opened = must(open_sqlite_store(copy()));
  EXPECT_EQ(must(opened->committed(RunId{1})), (Committed{4, 2}));
}

TEST_F(BackingUp, WhatIsCopiedWhileAnotherWritesIsOfOneMoment) {
  must(harness.store().create_sweep(sample_sweep({1, 2, 1'000'000, 2})));
  std::atomic<bool> is_enough = false;
  std::thread writer([&] {
    for (std::int64_t step = 0; !is_enough; ++step) {
      // One step of each of two runs, together.
      must(harness.store().write({batch_of_steps(RunId{1}, Attempt{1}, step, step + 1),
                                  batch_of_steps(RunId{2}, Attempt{1}, step, step + 1)}));
    }
  });
  for (int number = 0; number < 10; ++number) {
    const auto file = harness.folder() / fmt::format("copy-{}.db", number);
    must(backup_store(harness.database(), file));
    EXPECT_EQ(count(file, "step_row WHERE run_id = 1"), count(file, "step_row WHERE run_id = 2"));
  }
  is_enough = true;
  writer.join();
}

TEST_F(BackingUp, NothingIsOverwritten) {
  std::ofstream(copy()) << "precious";
  std::filesystem::create_symlink("/nowhere/at/all", harness.folder() / "link.db");

  const auto refused = backup_store(harness.database(), copy());

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_EQ(
      refused.error().message,
      copy().string() + " is there already, and a backup overwrites nothing; name another file");
  EXPECT_EQ(std::filesystem::file_size(copy()), 8U);
  EXPECT_EQ(backup_store(harness.database(), harness.folder() / "link.db").error().code,
            Errc::refused);
  EXPECT_EQ(backup_store(harness.database(), harness.folder()).error().code, Errc::refused);
}

TEST_F(BackingUp, AStoreThatIsNotThereOrIsAnothersIsSaid) {
  EXPECT_EQ(backup_store("/nowhere/tarama.db", copy()).error().code, Errc::not_found);
  const auto bookmarks = harness.folder() / "bookmarks.db";
  SqliteConnection(bookmarks, Access::read_write).execute("CREATE TABLE bookmark (url TEXT)");
  EXPECT_EQ(backup_store(bookmarks, copy()).error().code, Errc::refused);
  EXPECT_FALSE(std::filesystem::exists(copy()));
}

TEST_F(BackingUp, AFolderThatIsNotThereIsSaid) {
  const auto failed = backup_store(harness.database(), "/nowhere/at/all/copy.db");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::io);
  EXPECT_THAT(failed.error().message, HasSubstr("/nowhere/at/all"));
}

TEST_F(BackingUp, AStoreOfAnOlderVersionIsCopiedAsItIs) {
  const auto old = harness.folder() / "old.db";
  thaw("over", old);

  EXPECT_EQ(must(backup_store(old, copy())).version, 1);

  EXPECT_EQ(shown(copy()), shown(old));
}

TEST_F(BackingUp, ADamagedStoreGivesNoCopy) {
  must(harness.store().create_sweep(sample_sweep({50, 20})));
  harness.close();
  {
    std::fstream file(harness.database(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 20; page < 30; ++page) {
      file.seekp(4096 * page + 8);
      file << std::string(64, '\x7f');
    }
  }

  const auto failed = backup_store(harness.database(), copy());

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::corrupt);
  EXPECT_FALSE(std::filesystem::exists(copy()));
}

TEST_F(BackingUp, WithoutRoomNothingIsLeftBehind) {
  must(harness.store().create_sweep(sample_sweep({50, 20})));

  struct rlimit unlimited {};

  ::getrlimit(RLIMIT_FSIZE, &unlimited);
  struct rlimit tight = unlimited;
  tight.rlim_cur = 40'000;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto failed = backup_store(harness.database(), copy());
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, old_handler);

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::disk_full);
  for (const auto& entry : std::filesystem::directory_iterator(harness.folder())) {
    EXPECT_THAT(entry.path().filename().string(), testing::StartsWith("tarama.db"));
  }
}

}  // namespace
}  // namespace tarama::db::test
