// See safe_write.hpp.
#include "input/files/safe_write.hpp"

#include "files/folders.hpp"
#include "files/whole_file.hpp"

#include <atomic>
#include <span>
#include <system_error>
#include <unistd.h>

namespace tarama::input {
namespace {

namespace fs = std::filesystem;

/// A name beside `path` that no other process or thread takes.
fs::path temporary_beside(const fs::path& path) {
  static std::atomic<int> count = 0;
  return path.parent_path() /
         fmt::format(".{}.{}-{}.tmp", path.filename().string(), ::getpid(), ++count);
}

Error write_failed(const fs::path& path, int error_number) {
  return files::failure_at(path, "cannot be written", error_number);
}

Result<void> write_file(const fs::path& path, std::string_view bytes, files::Sync sync) {
  return files::write_whole(path, {std::as_bytes(std::span(bytes))}, sync);
}

Result<void> write_files(const fs::path& folder,
                         const std::map<std::string, std::string>& contents) {
  if (const std::error_code failure = files::make_folder(folder)) {
    return write_failed(folder, failure.value());
  }
  for (const auto& [name, bytes] : contents) {
    if (Result<void> written = write_file(folder / name, bytes, files::Sync::yes); !written) {
      return written;
    }
  }
  static_cast<void>(files::sync_folder(folder));  // what cannot be synced is kept anyway
  return {};
}

/// The way for file systems that cannot exchange: for a moment nothing has the name.
Result<void> move_away(const fs::path& folder, const fs::path& old) {
  std::error_code failure;
  fs::rename(folder, old, failure);
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return write_failed(folder, failure.value());
  }
  return {};
}

/// Renames a folder to a name that another folder may have, which goes.
Result<void> take_place_of(const fs::path& fresh, const fs::path& folder) {
  const bool is_exchanged = files::exchange(fresh, folder);
  const fs::path old = is_exchanged ? fresh : temporary_beside(folder);
  if (!is_exchanged) {
    Result<void> named = move_away(folder, old);
    if (named) {
      named = files::rename_to(fresh, folder, files::IfThere::replace);
    }
    if (!named) {
      return named;
    }
  }
  static_cast<void>(files::sync_folder(folder.parent_path()));
  std::error_code ignored;  // what stays behind is a hidden folder, and no harm
  fs::remove_all(old, ignored);
  return {};
}

}  // namespace

Result<void> replace_file(const fs::path& path, std::string_view bytes) {
  const fs::path fresh = temporary_beside(path);
  std::error_code failure;
  Result<void> written = write_file(fresh, bytes, files::Sync::no);
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
                            const std::map<std::string, std::string>& contents) {
  const fs::path fresh = temporary_beside(folder);
  Result<void> written = write_files(fresh, contents);
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
