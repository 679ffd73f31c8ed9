// SQLite's hook behind a commit, in place of its automatic checkpoint.
#include "db/sqlite/write_ahead_log.hpp"

#include <sqlite3.h>

#include <chrono>
#include <utility>

namespace tarama::db {

namespace {

// Readers of ours take milliseconds.
constexpr std::chrono::milliseconds patience_with_readers{100};

int on_commit(void* log, sqlite3* /*handle*/, const char* /*database*/, int pages) {
  static_cast<WriteAheadLog*>(log)->committed(pages);
  return SQLITE_OK;  // what was committed is, whatever became of the checkpoint
}

}  // namespace

WriteAheadLog::WriteAheadLog(SqliteConnection& connection, StoreNotice say)
    : connection_(connection), say_(std::move(say)) {
  connection_.execute("PRAGMA journal_size_limit = 67108864");
  sqlite3_wal_hook(connection_.handle(), on_commit, this);
}

WriteAheadLog::~WriteAheadLog() {
  sqlite3_wal_hook(connection_.handle(), nullptr, nullptr);
}

void WriteAheadLog::committed(int pages) {
  if (pages < tried_at_) {
    tried_at_ = 0;  // begun anew
  }
  if (pages - tried_at_ >= checkpoint_pages) {
    tried_at_ = pages;
    checkpoint(pages);
  }
  tell(pages);
}

// A failure (no room, a reader in the way) leaves the log as it is; the next one tries again.
void WriteAheadLog::checkpoint(int pages) {
  const bool is_insistent = pages >= insistent_pages;
  connection_.wait_for_locks(patience_with_readers);
  sqlite3_wal_checkpoint_v2(connection_.handle(),
                            nullptr,
                            is_insistent ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                            nullptr,
                            nullptr);
  connection_.wait_for_locks(usual_patience);
}

// Once, and again each time that it has doubled.
void WriteAheadLog::tell(int pages) {
  if (pages < remarkable_pages) {
    if (said_at_ != 0 && say_) {
      say_("the store's tarama.db-wal is small again");
    }
    said_at_ = 0;
    return;
  }
  if (pages >= 2 * said_at_) {
    said_at_ = pages;
    if (say_) {
      say_(
          fmt::format("the store's tarama.db-wal has grown to {} MB: some program keeps a "
                      "transaction open on tarama.db (a `sqlite3` session, a notebook); once it "
                      "ends, the room is given back",
                      pages / 1000 * 4));
    }
  }
}

}  // namespace tarama::db
