// See mapped_file.hpp.
#include "input/files/mapped_file.hpp"

#include "input/files/readable_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>

namespace tarama::input {

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  const Result<ReadableFile> file = ReadableFile::open(path);
  if (!file) {
    return file.error();
  }
  const auto size = static_cast<std::size_t>(file->size());
  if (size == 0) {
    return std::shared_ptr<const MappedFile>(new MappedFile({}));
  }
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file->descriptor(), 0);
  if (start == MAP_FAILED) {
    return Error{Errc::io,
                 fmt::format("{}: cannot be mapped: {}", path.string(), std::strerror(errno))};
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(std::span(static_cast<const std::byte*>(start), size)));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
}

std::string state_of_file(const std::filesystem::path& path) {
  struct stat status {};

  if (::stat(path.c_str(), &status) != 0) {
    return "";
  }
  return fmt::format("{}:{}:{}:{}.{:09}",
                     status.st_dev,
                     status.st_ino,
                     status.st_size,
                     status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

}  // namespace tarama::input
