// See file_fingerprint.hpp.
#include "input/files/file_fingerprint.hpp"

#include "core/sweep/fingerprint.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <sys/stat.h>
#include <tuple>

namespace tarama::input {
namespace {

/// Path, device, inode, size, and time of change in nanoseconds.
using FileIdentity =
    std::tuple<std::string, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;

struct Remembered {
  std::mutex mutex;
  std::map<FileIdentity, std::string> hashes;
};

Remembered& remembered() {
  static Remembered instance;
  return instance;
}

Error cannot_read(const std::filesystem::path& path) {
  return Error{Errc::io,
               fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno))};
}

Result<std::string> hash_file(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return cannot_read(path);
  }
  Fingerprint fingerprint;
  std::string block(std::size_t{1} << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    fingerprint.update(std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) {
    return cannot_read(path);
  }
  return fingerprint.hex();
}

}  // namespace

Result<std::string> file_fingerprint(const std::filesystem::path& path) {
  struct stat status {};

  if (::stat(path.c_str(), &status) != 0) {
    return cannot_read(path);
  }
  const FileIdentity identity{path.string(),
                              status.st_dev,
                              status.st_ino,
                              status.st_size,
                              status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  {
    const std::lock_guard lock(remembered().mutex);
    const auto found = remembered().hashes.find(identity);
    if (found != remembered().hashes.end()) {
      return found->second;
    }
  }
  // Outside of the lock: two threads may hash the same file, which costs time and no harm.
  Result<std::string> hash = hash_file(path);
  if (hash) {
    const std::lock_guard lock(remembered().mutex);
    remembered().hashes.emplace(identity, *hash);
  }
  return hash;
}

}  // namespace tarama::input
