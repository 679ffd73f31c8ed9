// Making, checking and locking the store folder.
#include "db/store_folder.hpp"

#include "db/file_system.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama::db {

std::filesystem::path StoreFolder::database() const {
  return root / "tarama.db";
}

std::filesystem::path StoreFolder::lock_file() const {
  return root / "lock";
}

std::filesystem::path StoreFolder::control_socket() const {
  return root / "control.sock";
}

std::filesystem::path StoreFolder::attempt_log(RunId run, Attempt attempt) const {
  return root / "runs" / fmt::format("{}", run) / fmt::format("attempt-{}.log", attempt);
}

std::filesystem::path StoreFolder::checkpoints(RunId run) const {
  return root / "checkpoints" / fmt::format("{}", run);
}

std::filesystem::path StoreFolder::kept_state(RunId run) const {
  return root / "trajectories" / fmt::format("{}", run);
}

std::filesystem::path StoreFolder::model(RunId run) const {
  return root / "models" / fmt::format("{}", run);
}

std::filesystem::path StoreFolder::cache() const {
  return root / "cache";
}

std::filesystem::path StoreFolder::stop_mark() const {
  return root / "stopped";
}

std::filesystem::path StoreFolder::spools() const {
  return root / "spool";
}

namespace {

Error folder_error(const std::filesystem::path& root, std::string_view what, int cause) {
  const bool is_full = cause == ENOSPC || cause == EDQUOT;
  return {is_full ? Errc::disk_full : Errc::io,
          fmt::format("the store folder {} {}: {}; name another with --store DIR or TARAMA_STORE",
                      root.string(),
                      what,
                      std::generic_category().message(cause))};
}

/// Empty where the file holds no number.
std::string pid_in(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  const std::string_view all(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  return std::string(all.substr(0, all.find_first_not_of("0123456789")));
}

Error already_locked(const StoreFolder& folder, int descriptor) {
  const std::string pid = pid_in(descriptor);
  return {Errc::refused,
          fmt::format("the store {} is in use by another orchestrator{}; speak to that one "
                      "(`tarama submit`, `tarama status`), end it with `tarama stop`, or name "
                      "another store with --store DIR",
                      folder.root.string(),
                      pid.empty() ? std::string() : fmt::format(" (pid {})", pid))};
}

}  // namespace

Result<StoreFolder> prepare_store_folder(const std::filesystem::path& root) {
  std::error_code failure;
  std::filesystem::create_directories(root, failure);
  const bool is_folder = std::filesystem::is_directory(root);
  if (!is_folder && std::filesystem::exists(root)) {
    return folder_error(root, "is not a folder", ENOTDIR);
  }
  if (failure && !is_folder) {
    return folder_error(root, "cannot be made", failure.value());
  }
  if (::access(root.c_str(), R_OK | W_OK | X_OK) != 0) {
    return folder_error(root, "cannot be written to", errno);
  }
  if (const auto reason = why_unfit_for_store(root)) {
    return Error{Errc::refused,
                 fmt::format("the store folder {} {}; name a folder on a local disk with --store "
                             "DIR or TARAMA_STORE",
                             root.string(),
                             *reason)};
  }
  return StoreFolder{root};
}

Result<StoreLock> StoreLock::take(const StoreFolder& folder) {
  // O_CLOEXEC: flock goes with the open file. A worker that inherited it would keep the lock
  // after the orchestrator's death, and no new one could take over.
  const int descriptor = ::open(folder.lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return folder_error(folder.root, "has a lock file that cannot be opened", errno);
  }
  StoreLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return already_locked(folder, descriptor);
    }
    return folder_error(folder.root, "cannot be locked", errno);
  }
  // Only to tell a person who holds it: the lock itself is the kernel's. So a full disk does not
  // matter here, and an old number that is left in the file does not either.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) == 0) {
    static_cast<void>(::pwrite(descriptor, pid.data(), pid.size(), 0));
  }
  return lock;
}

StoreLock::StoreLock(StoreLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

StoreLock& StoreLock::operator=(StoreLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

StoreLock::~StoreLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

}  // namespace tarama::db
