// A file as memory: its pages are in the machine's memory once, whoever maps it. Only for files
// that nobody writes in place: one that gets shorter kills the reader by SIGBUS.
#pragma once

#include "core/sweep/result.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace tarama::input {

class MappedFile {
 public:
  /// As ReadableFile::open; the mapping goes with the last owner.
  [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(
      const std::filesystem::path& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
};

/// What tells whether a file was written since: its inode, size and time of change; empty where it
/// cannot be asked for.
[[nodiscard]] std::string state_of_file(const std::filesystem::path& path);

}  // namespace tarama::input
