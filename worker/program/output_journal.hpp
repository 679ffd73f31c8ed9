// What a program prints, on its way through a file: the kernel moves it there out of the pipe, and
// only there it is read. So whenever a worker is killed, what was printed and is not stored lies in
// the file or in the pipe still, and what is in the pipe then the guard moves behind it. The next
// attempt reads on from the mark (read_mark.hpp).
//
// Offsets are those of the whole output; what lies before the mark is given back to the disk.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/program/read_mark.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <sys/types.h>

namespace tarama::program {

// Between two marks: what is read again after a kill, and what the file takes of the disk. A mark
// waits for the store, some ms.
inline constexpr std::int64_t bytes_between_marks = std::int64_t{4} << 20;
// Where the store takes nothing, or the file system has no holes: then numbers go on as they are,
// and those of the last moments before a kill may be missing.
inline constexpr std::int64_t most_unmarked_bytes = std::int64_t{64} << 20;

/// The file is locked as long as this, or a descriptor that was made of its own, is open.
class OutputJournal {
 public:
  /// An empty file at `path`; marks are written to `mark`.
  [[nodiscard]] static Result<OutputJournal> create(const std::filesystem::path& path,
                                                    const std::filesystem::path& mark);
  ~OutputJournal();
  OutputJournal(OutputJournal&& other) noexcept;
  OutputJournal& operator=(OutputJournal&&) = delete;
  OutputJournal(const OutputJournal&) = delete;
  OutputJournal& operator=(const OutputJournal&) = delete;

  [[nodiscard]] int descriptor() const { return file_; }

  /// As ::read, of a pipe that does not block. Where the file takes nothing (a full disk), bytes
  /// come past it, and it is given up.
  [[nodiscard]] ssize_t take(int pipe, std::span<char> block);

  /// Taken since the last mark; 0 once it is given up.
  [[nodiscard]] std::int64_t unmarked() const { return is_given_up_ ? 0 : taken_ - marked_; }

  [[nodiscard]] std::int64_t taken() const { return taken_; }

  /// Everything before mark.offset is stored.
  void set_mark(const ReadMark& mark);
  /// Nothing more is to be read of it by anybody: removes file and mark.
  void give_up();

 private:
  OutputJournal(std::filesystem::path path, std::filesystem::path mark, int file)
      : path_(std::move(path)), mark_(std::move(mark)), file_(file) {}

  [[nodiscard]] ssize_t take_through_file(int pipe, std::span<char> block);

  std::filesystem::path path_;
  std::filesystem::path mark_;
  int file_ = -1;
  std::int64_t taken_ = 0;   // bytes, which is the file's size
  std::int64_t marked_ = 0;  // of them
  std::int64_t holes_ = 0;   // up to here
  bool is_given_up_ = false;
};

}  // namespace tarama::program
