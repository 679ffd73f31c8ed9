// System calls, each with the name of its failure.
#include "files/whole_file.hpp"

#include "failpoints/failpoint.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarama::files {
namespace {

namespace fs = std::filesystem;

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  return true;
}

bool write_parts(int file, const std::vector<std::span<const std::byte>>& parts, Sync sync) {
  for (const std::span<const std::byte> part : parts) {
    if (!write_all(file, part)) {
      return false;
    }
  }
  return sync == Sync::no || ::fsync(file) == 0;
}

}  // namespace

Error failure_at(const fs::path& path, std::string_view doing, int error_number) {
  const bool is_full = error_number == ENOSPC || error_number == EDQUOT;
  return {is_full ? Errc::disk_full : Errc::io,
          fmt::format(
              "{}: {}: {}", path.string(), doing, std::generic_category().message(error_number))};
}

Result<void> write_whole(const fs::path& path,
                         const std::vector<std::span<const std::byte>>& parts,
                         Sync sync) {
  constexpr std::string_view doing = "cannot be written";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) {
    return failure_at(path, doing, errno);
  }
  const bool is_written = write_parts(file, parts, sync);
  const int write_error = errno;
  // Some file systems tell only here that there was no room.
  const bool is_closed = ::close(file) == 0;
  const int close_error = errno;
  TARAMA_FAILPOINT("files.written");
  if (is_written && is_closed) {
    return {};
  }
  ::unlink(path.c_str());
  return failure_at(path, doing, is_written ? close_error : write_error);
}

Result<void> sync_folder(const fs::path& folder) {
  TARAMA_FAILPOINT("files.before_syncing_the_folder");
  const fs::path place = folder.empty() ? fs::path(".") : folder;
  const int handle = ::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) {
    return failure_at(place, "cannot be opened", errno);
  }
  const bool is_synced = ::fsync(handle) == 0;
  const int error_number = errno;
  ::close(handle);
  if (!is_synced) {
    return failure_at(place, "cannot be synced", error_number);
  }
  return {};
}

Result<void> rename_to(const fs::path& from, const fs::path& to, IfThere if_there) {
  constexpr std::string_view doing = "cannot be given its name";
  TARAMA_FAILPOINT("files.before_renaming");
  if (if_there == IfThere::refuse) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
      return {};
    }
    const bool is_unknown = errno == EINVAL || errno == ENOSYS;
    if (errno == EEXIST || (is_unknown && ::access(to.c_str(), F_OK) == 0)) {
      return Error{Errc::refused, fmt::format("{} is there already", to.string())};
    }
    if (!is_unknown) {
      return failure_at(to, doing, errno);
    }
    // A file system without it: nothing better is left than to have looked, and then rename.
  }
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return failure_at(to, doing, errno);
  }
  return {};
}

bool exchange(const fs::path& from, const fs::path& to) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0;
}

}  // namespace tarama::files
