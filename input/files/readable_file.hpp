// An open file that is read here and there: weights, whose headers say where the rest lies. Bytes
// come by `pread`, so that a file that gets shorter meanwhile gives an error and no signal.
#pragma once

#include "core/sweep/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace tarama::input {

class ReadableFile {
 public:
  /// Refuses folders, and what stands where the file should be: see pointer_instead.
  [[nodiscard]] static Result<ReadableFile> open(const std::filesystem::path& path);

  ReadableFile(ReadableFile&& other) noexcept;
  ReadableFile& operator=(ReadableFile&& other) noexcept;
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;
  ~ReadableFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  [[nodiscard]] std::uint64_t size() const { return size_; }

  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// `count` bytes from `offset` on; fewer at the file's end, none beyond it.
  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t count) const;

 private:
  ReadableFile(std::filesystem::path path, int descriptor, std::uint64_t size);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace tarama::input
