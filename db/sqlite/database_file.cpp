// System calls around the database's file.
#include "db/sqlite/database_file.hpp"

#include "db/similar_store.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarama::db {

namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// 0, or why not.
int sync_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno;
  }
  const int cause = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return cause;
}

}  // namespace

Result<void> check_that_it_exists(const std::filesystem::path& database) {
  std::error_code failure;
  if (!std::filesystem::exists(database, failure) && !failure) {
    if (const auto meant = similar_store(folder_of(database))) {
      return Error{
          Errc::not_found,
          fmt::format("{} does not exist: there is no store of this name; did you mean {}?",
                      database.string(),
                      meant->string())};
    }
    return Error{Errc::not_found,
                 fmt::format("{} does not exist: nothing was run in this store yet; `tarama run "
                             "FILE` makes it, --store DIR or TARAMA_STORE names another",
                             database.string())};
  }
  return {};
}

Error why_unreadable(const std::filesystem::path& database, const Error& error) {
  const std::filesystem::path folder = folder_of(database);
  if (::access(database.c_str(), R_OK) != 0) {
    return {Errc::io,
            fmt::format("{}: {}; ask its owner for the right to read it",
                        database.string(),
                        std::generic_category().message(errno))};
  }
  if (error.code == Errc::io && ::access(folder.c_str(), W_OK) != 0) {
    return {Errc::io,
            fmt::format("{} cannot be read: SQLite must keep tarama.db-wal and tarama.db-shm "
                        "beside it, and the folder {} is not writable for you; ask its owner, or "
                        "copy the folder to a place of your own and name that with --store",
                        database.string(),
                        folder.string())};
  }
  return error;
}

Result<void> publish_file(const std::filesystem::path& from,
                          const std::filesystem::path& to,
                          files::IfThere if_there) {
  if (const int cause = sync_file(from); cause != 0) {
    return files::failure_at(from, "cannot be synced", cause);
  }
  if (const Result<void> named = files::rename_to(from, to, if_there); !named) {
    return named.error().code == Errc::refused ? name_is_taken(to) : named.error();
  }
  // A file system that cannot sync folders keeps them anyway.
  static_cast<void>(files::sync_folder(to.parent_path()));
  return {};
}

Error name_is_taken(const std::filesystem::path& file) {
  return {Errc::refused,
          fmt::format("{} is there already, and a backup overwrites nothing; name another file",
                      file.string())};
}

}  // namespace tarama::db
