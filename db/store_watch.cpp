// See store_watch.hpp.
#include "db/store_watch.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <sys/stat.h>

namespace tarama::db {
namespace {

enum class Found { there, gone, unknown };

struct Look {
  Found found = Found::unknown;
  std::pair<dev_t, ino_t> identity{};
};

/// A file system that does not answer, or not to us, has not lost the file.
Look look_at(const std::filesystem::path& path) {
  struct stat status {};

  if (::stat(path.c_str(), &status) == 0) {
    return {Found::there, {status.st_dev, status.st_ino}};
  }
  return {errno == ENOENT || errno == ENOTDIR ? Found::gone : Found::unknown, {}};
}

/// The folder first: with it the files are gone as well. SQLite holds the last two open for as long
/// as the writer lives, once they are there.
std::array<std::filesystem::path, 5> watched(const StoreFolder& folder) {
  const std::string database = folder.database().string();
  return {folder.root, folder.database(), database + "-wal", database + "-shm", folder.lock_file()};
}

}  // namespace

StoreWatch::StoreWatch(StoreFolder folder) : folder_(std::move(folder)) {
  static_cast<void>(trouble());
}

std::optional<Error> StoreWatch::trouble() {
  for (const std::filesystem::path& path : watched(folder_)) {
    const Look look = look_at(path);
    const auto known = known_.find(path);
    if (look.found == Found::there && known == known_.end()) {
      known_.emplace(path, look.identity);
    } else if (known != known_.end() && look.found != Found::unknown &&
               (look.found == Found::gone || look.identity != known->second)) {
      return Error{
          Errc::io,
          fmt::format("{} was {} while an orchestrator was at work on it; what it had committed is "
                      "where that went. Move or remove a store only after `tarama stop`",
                      path.string(),
                      look.found == Found::gone ? "removed or moved away" : "replaced")};
    }
  }
  return std::nullopt;
}

}  // namespace tarama::db
