// When the write-ahead log is copied into the database, and what is said when it cannot be: a
// transaction that somebody left open keeps all that was written behind it in the log, which grows
// until that transaction ends. Private to db/.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/sqlite_store.hpp"

namespace tarama::db {

// In pages of 4 kB. SQLite's own choice for the first.
inline constexpr int checkpoint_pages = 1'000;
// 64 MB: from here on one waits a moment for readers that come and go. They must not keep the log
// from being begun anew for ever.
inline constexpr int insistent_pages = 16'000;
// 256 MB: worth a word.
inline constexpr int remarkable_pages = 64'000;

/// Takes over the checkpoints of a connection that writes, and gives room back behind them.
class WriteAheadLog {
 public:
  /// `say` may be empty; it is called on the thread that commits.
  WriteAheadLog(SqliteConnection& connection, StoreNotice say);
  ~WriteAheadLog();
  WriteAheadLog(const WriteAheadLog&) = delete;
  WriteAheadLog& operator=(const WriteAheadLog&) = delete;

  /// Behind each commit: the log has so many pages.
  void committed(int pages);

 private:
  void checkpoint(int pages);
  void tell(int pages);

  SqliteConnection& connection_;
  StoreNotice say_;
  int tried_at_ = 0;  // pages
  int said_at_ = 0;
};

}  // namespace tarama::db
