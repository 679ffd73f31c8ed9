// See safe_write.hpp.
#include "input/files/safe_write.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarama::input {
namespace {

namespace fs = std::filesystem;

enum class Sync { no, yes };

/// A name beside `path` that no other process or thread takes.
fs::path temporary_beside(const fs::path& path) {
  static std::atomic<int> count = 0;
  return path.parent_path() /
         fmt::format(".{}.{}-{}.tmp", path.filename().string(), ::getpid(), ++count);
}

Error write_failed(const fs::path& path, int error_number) {
  return Error{
      error_number == ENOSPC || error_number == EDQUOT ? Errc::disk_full : Errc::io,
      fmt::format("{}: cannot be written: {}", path.string(), std::strerror(error_number))};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return true;
}

Result<void> write_file(const fs::path& path, std::string_view bytes, Sync sync) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) {
    return write_failed(path, errno);
  }
  const bool is_written = write_all(file, bytes) && (sync == Sync::no || ::fsync(file) == 0);
  const int error_number = errno;
  if (::close(file) != 0 && is_written) {
    return write_failed(path, errno);
  }
  if (!is_written) {
    return write_failed(path, error_number);
  }
  return {};
}

/// Makes the names in a folder last. A file system that cannot sync folders keeps them anyway.
void sync_folder(const fs::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) {
    return;
  }
  (void)::fsync(handle);
  ::close(handle);
}

Result<void> write_files(const fs::path& folder, const std::map<std::string, std::string>& files) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    return write_failed(folder, failure.value());
  }
  for (const auto& [name, bytes] : files) {
    if (Result<void> written = write_file(folder / name, bytes, Sync::yes); !written) {
      return written;
    }
  }
  sync_folder(folder);
  return {};
}

/// Renames a folder to a name that another folder may have.
Result<void> take_place_of(const fs::path& fresh, const fs::path& folder) {
  std::error_code failure;
  const fs::path old = temporary_beside(folder);
  fs::rename(folder, old, failure);
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return write_failed(folder, failure.value());
  }
  fs::rename(fresh, folder, failure);
  if (failure) {
    return write_failed(folder, failure.value());
  }
  sync_folder(folder.parent_path());
  fs::remove_all(old, failure);  // what stays behind is a hidden folder, and no harm
  return {};
}

}  // namespace

Result<void> replace_file(const fs::path& path, std::string_view bytes) {
  const fs::path fresh = temporary_beside(path);
  std::error_code failure;
  Result<void> written = write_file(fresh, bytes, Sync::no);
  if (written) {
    fs::rename(fresh, path, failure);
    if (failure) {
      written = write_failed(path, failure.value());
    }
  }
  if (!written) {
    fs::remove(fresh, failure);
  }
  return written;
}

Result<void> replace_folder(const fs::path& folder,
                            const std::map<std::string, std::string>& files) {
  const fs::path fresh = temporary_beside(folder);
  Result<void> written = write_files(fresh, files);
  if (written) {
    written = take_place_of(fresh, folder);
  }
  if (!written) {
    std::error_code ignored;  // the first failure is the one to tell
    fs::remove_all(fresh, ignored);
  }
  return written;
}

}  // namespace tarama::input
