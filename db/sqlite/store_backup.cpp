// By SQLite's own backup interface, in one step: all pages under one read lock, so that nothing
// that is written meanwhile makes it start again; in a write-ahead log readers stop nobody.
#include "db/sqlite/store_backup.hpp"

#include "db/sqlite/database_file.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "files/whole_file.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama::db {

namespace {

/// The copy before it has its name. Removes what is left of it when it goes.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path path) : path_(std::move(path)) {
    remove();  // of a process that was killed
  }

  ~Unfinished() { remove(); }

  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void remove() const {
    for (const char* beside : {"", "-journal", "-wal", "-shm"}) {
      std::error_code ignored;  // nothing depends on it
      std::filesystem::remove(path_.string() + beside, ignored);
    }
  }

  std::filesystem::path path_;
};

std::uintmax_t size_of(const std::filesystem::path& file) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  return failure ? 0 : size;
}

/// Before anything is written: filling the disk to the brim would trouble whoever else writes.
void check_room(const std::filesystem::path& database, const std::filesystem::path& file) {
  const std::uintmax_t needed = size_of(database) + size_of(database.string() + "-wal");
  std::error_code failure;
  const auto space =
      std::filesystem::space(file.has_parent_path() ? file.parent_path() : ".", failure);
  if (!failure && space.available < needed) {
    throw SqliteError({Errc::disk_full,
                       fmt::format("{}: the copy needs {} MB and {} MB are free there; free some, "
                                   "or choose another disk",
                                   file.string(),
                                   needed / 1'000'000 + 1,
                                   space.available / 1'000'000)});
  }
}

void copy_pages(SqliteConnection& from, SqliteConnection& to) {
  errno = 0;  // error_of looks at it
  sqlite3_backup* copy = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (copy == nullptr) {
    throw SqliteError(error_of(to.handle()));
  }
  const int code = sqlite3_backup_step(copy, -1);
  const int cause = errno;
  const int finished = sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE || finished != SQLITE_OK) {
    errno = cause;
    throw SqliteError(error_of(to.handle()));
  }
}

void check_integrity(SqliteConnection& copy) {
  Query found = copy.query("PRAGMA integrity_check(1)");
  if (!found.next() || found.text(0) != "ok") {
    throw SqliteError({Errc::corrupt,
                       fmt::format("the database is damaged, and so its copy would be ({}); keep "
                                   "the backups that there are, and see `sqlite3 tarama.db "
                                   ".recover`",
                                   found.text(0))});
  }
}

Backup copy_database(const std::filesystem::path& database,
                     const std::filesystem::path& file,
                     const std::filesystem::path& unfinished) {
  check_room(database, file);
  SqliteConnection from(database, Access::read_only);
  check_that_it_is_ours(from);
  Backup backup{file, 0, from.integer("PRAGMA user_version")};
  {
    SqliteConnection to(unfinished, Access::read_write);
    copy_pages(from, to);
    // One file that can be read from a place where nothing can be written.
    to.execute("PRAGMA journal_mode = DELETE");
    check_integrity(to);
  }
  std::error_code ignored;  // the rights that the process gives its files are right as well
  const auto rights = std::filesystem::status(database, ignored).permissions();
  std::filesystem::permissions(unfinished, rights, ignored);
  backup.bytes = size_of(unfinished);
  return backup;
}

/// `part`: what the copy is called until it is done.
Result<Backup> backup(const std::filesystem::path& database,
                      const std::filesystem::path& file,
                      const std::string& part,
                      files::IfThere if_there) {
  const Unfinished unfinished(part);
  Result<Backup> made = as_result([&] { return copy_database(database, file, unfinished.path()); });
  if (!made) {
    return made;
  }
  if (const auto published = publish_file(unfinished.path(), file, if_there); !published) {
    return published.error();
  }
  return made;
}

}  // namespace

Result<Backup> backup_store(const std::filesystem::path& database,
                            const std::filesystem::path& file) {
  if (const auto there = check_that_it_exists(database); !there) {
    return there.error();
  }
  std::error_code failure;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, failure))) {
    return name_is_taken(file);
  }
  // Two may be at it at a time, whoever is first.
  const std::string part = fmt::format("{}.{}.part", file.string(), ::getpid());
  Result<Backup> made = backup(database, file, part, files::IfThere::refuse);
  return made || made.error().code != Errc::io ? std::move(made)
                                               : why_unreadable(database, made.error());
}

Result<Backup> backup_beside(const std::filesystem::path& database, std::int64_t version) {
  const std::string file = fmt::format("{}.v{}", database.string(), version);
  // Under the store's lock there is one at a time: what a kill left is found again and removed.
  return backup(database, file, file + ".part", files::IfThere::replace);
}

}  // namespace tarama::db
