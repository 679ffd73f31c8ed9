// A user's own `sqlite3` session beside the store: it may hold a lock or a snapshot for long.
#include "db/sqlite/write_ahead_log.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr RunId run{1};
constexpr Attempt first{1};

class ForeignSession : public testing::Test {
 protected:
  ForeignSession() {
    must(harness.store().create_sweep(sample_sweep({1, 1, 1'000'000, 2})));
    must(harness.store().write({attempt_started(run, first, 0)}));
  }

  /// As many commits, of a few pages each.
  void write(std::int64_t commits) {
    for (std::int64_t i = 0; i < commits; ++i, ++steps_) {
      must(harness.store().write({batch_of_steps(run, first, steps_, steps_ + 1)}));
    }
  }

  [[nodiscard]] std::uintmax_t log_bytes() const {
    return std::filesystem::file_size(harness.folder() / "tarama.db-wal");
  }

  SqliteHarness harness;
  std::int64_t steps_ = 0;
};

TEST_F(ForeignSession, ASnapshotThatEndsLetsTheLogBeginAnew) {
  constexpr std::int64_t many = 1'000;  // more pages than the log has before it is copied
  {
    SqliteConnection session(harness.database(), Access::read_only);
    const Transaction snapshot(session, Transaction::Kind::read);
    EXPECT_EQ(session.integer("SELECT count(*) FROM step_row"), 0);
    write(2 * many);
    EXPECT_EQ(session.integer("SELECT count(*) FROM step_row"), 0);
  }
  const std::uintmax_t grown = log_bytes();

  write(2 * many);

  EXPECT_LT(log_bytes(), grown * 3 / 2);
  EXPECT_EQ(must(harness.store().committed(run)).steps, 4 * many);
}

TEST_F(ForeignSession, ALockDoesNotKeepTheStoreFromBeingOpened) {
  harness.close();
  SqliteConnection session(harness.database(), Access::read_write);
  const Transaction held(session, Transaction::Kind::write);

  auto store = must(open_sqlite_store(harness.database()));

  EXPECT_EQ(must(store->load_open()).size(), 1U);
}

TEST_F(ForeignSession, ALockIsSaidAndNothingOfTheWriteIsKept) {
  SqliteConnection session(harness.database(), Access::read_write);
  const auto refused = [&] {
    const Transaction held(session, Transaction::Kind::write);
    return harness.store().write({batch_of_steps(run, first, 0, 1)});
  }();

  EXPECT_EQ(refused.error().code, Errc::timed_out);
  EXPECT_THAT(refused.error().message, HasSubstr("another program holds its write lock"));
  EXPECT_EQ(must(harness.store().committed(run)).steps, 0);
  write(1);
}

TEST_F(ForeignSession, ALogThatGrowsAndGrowsIsTold) {
  SqliteConnection connection(harness.database(), Access::read_write);
  std::vector<std::string> said;
  WriteAheadLog log(connection, [&](const std::string& text) { said.push_back(text); });

  log.committed(remarkable_pages - 1);
  EXPECT_THAT(said, IsEmpty());
  log.committed(remarkable_pages);
  log.committed(remarkable_pages * 3 / 2);
  EXPECT_THAT(said, ElementsAre(HasSubstr("has grown to 256 MB")));
  log.committed(2 * remarkable_pages);
  log.committed(1);
  EXPECT_THAT(said,
              ElementsAre(HasSubstr("256 MB"), HasSubstr("512 MB"), HasSubstr("small again")));
}

}  // namespace
}  // namespace tarama::db::test
