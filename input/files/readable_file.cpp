// See readable_file.hpp.
#include "input/files/readable_file.hpp"

#include "input/files/pointer_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tarama::input {
namespace {

Error unreadable(const std::filesystem::path& path, int error_number) {
  if (error_number == ENOENT) {
    return Error{Errc::not_found, fmt::format("{}: there is no such file", path.string())};
  }
  return Error{Errc::io,
               fmt::format("{}: cannot be read: {}", path.string(), std::strerror(error_number))};
}

}  // namespace

Result<ReadableFile> ReadableFile::open(const std::filesystem::path& path) {
  // NONBLOCK: a FIFO in a model's folder must not hold the caller; files do not care.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return unreadable(path, errno);
  }
  ReadableFile file(path, descriptor, 0);

  struct stat status {};

  if (::fstat(descriptor, &status) != 0) {
    return unreadable(path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::io,
                 fmt::format("{}: is {}, expected a file",
                             path.string(),
                             S_ISDIR(status.st_mode) ? "a folder" : "no regular file")};
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  Result<std::string> start = file.read(0, longest_pointer);
  if (!start) {
    return start.error();
  }
  if (const std::optional<Error> pointer = pointer_instead(path, *start, file.size_)) {
    return *pointer;
  }
  return file;
}

ReadableFile::ReadableFile(std::filesystem::path path, int descriptor, std::uint64_t size)
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

ReadableFile::ReadableFile(ReadableFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

ReadableFile& ReadableFile::operator=(ReadableFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

ReadableFile::~ReadableFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<std::string> ReadableFile::read(std::uint64_t offset, std::size_t count) const {
  const std::uint64_t left = offset < size_ ? size_ - offset : 0;
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, left)), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(
        descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return unreadable(path_, errno);
    }
    if (got == 0) {
      return Error{Errc::io, fmt::format("{}: became shorter while it was read", path_.string())};
    }
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace tarama::input
