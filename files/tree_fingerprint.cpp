// See tree_fingerprint.hpp.
#include "files/tree_fingerprint.hpp"

#include "core/sweep/fingerprint.hpp"
#include "files/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <span>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace tarama::files {

namespace {

namespace fs = std::filesystem;

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

  ~OpenFile() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }

  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int number() const { return file_; }

 private:
  int file_;
};

Result<void> add_bytes(const fs::path& path, Fingerprint& fingerprint) {
  const OpenFile file(path);
  if (file.number() < 0) {
    return failure_at(path, "opening it", errno);
  }
  std::vector<std::byte> block(std::size_t{1} << 20);
  Fingerprint content;
  for (;;) {
    const ssize_t count = ::read(file.number(), block.data(), block.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failure_at(path, "reading it", errno);
    }
    if (count == 0) {
      fingerprint.field(content.hex());
      return {};
    }
    content.update(std::span<const std::byte>(block.data(), static_cast<std::size_t>(count)));
  }
}

Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failure;
  for (fs::recursive_directory_iterator it(folder, failure), end; it != end && !failure;
       it.increment(failure)) {
    std::error_code ignored;  // a link that leads nowhere is no file
    if (!it->is_regular_file(ignored)) {
      continue;
    }
    found.push_back(it->path().lexically_relative(folder));
    if (found.size() > most_fingerprinted_files) {
      return Error{
          Errc::invalid_argument,
          fmt::format("{} holds more than {} files; name the files that matter, or one that "
                      "lists them",
                      folder.native(),
                      most_fingerprinted_files)};
    }
  }
  if (failure) {
    return failure_at(folder, "listing it", failure.value());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

Result<std::string> tree_fingerprint(const fs::path& path) {
  Fingerprint fingerprint;
  std::error_code ignored;  // opening it says what is wrong
  if (!fs::is_directory(path, ignored)) {
    const auto read = add_bytes(path, fingerprint);
    return read ? Result<std::string>(fingerprint.hex()) : read.error();
  }
  const auto files = files_below(path);
  if (!files) {
    return files.error();
  }
  for (const fs::path& file : *files) {
    fingerprint.field(file.native());
    if (const auto read = add_bytes(path / file, fingerprint); !read) {
      return read.error();
    }
  }
  return fingerprint.hex();
}

}  // namespace tarama::files
