// splice out of the pipe, pread out of the file, holes behind the mark.
#include "worker/program/output_journal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama::program {

namespace {

// As in guarded_program.cpp: beyond those that a guard gets.
constexpr int lowest_journal_descriptor = 10;

}  // namespace

Result<OutputJournal> OutputJournal::create(const std::filesystem::path& path,
                                            const std::filesystem::path& mark) {
  const auto failure = [&](int reason) {
    return Error{reason == ENOSPC || reason == EDQUOT ? Errc::disk_full : Errc::io,
                 fmt::format("cannot make {}: {}", path.native(), std::strerror(reason))};
  };
  const int opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (opened < 0) {
    return failure(errno);
  }
  const int file = ::fcntl(opened, F_DUPFD_CLOEXEC, lowest_journal_descriptor);
  const int reason = errno;
  ::close(opened);
  if (file < 0) {
    return failure(reason);
  }
  // Of an attempt, which has one worker: nobody else has it. File systems without locks exist.
  static_cast<void>(::flock(file, LOCK_EX | LOCK_NB));
  return OutputJournal(path, mark, file);
}

OutputJournal::~OutputJournal() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

OutputJournal::OutputJournal(OutputJournal&& other) noexcept
    : path_(std::move(other.path_)),
      mark_(std::move(other.mark_)),
      file_(std::exchange(other.file_, -1)),
      taken_(other.taken_),
      marked_(other.marked_),
      holes_(other.holes_),
      is_given_up_(other.is_given_up_) {}

ssize_t OutputJournal::take(int pipe, std::span<char> block) {
  if (!is_given_up_ && taken_ - holes_ > most_unmarked_bytes) {
    give_up();
  }
  if (!is_given_up_) {
    const ssize_t count = take_through_file(pipe, block);
    if (count >= 0 || errno == EAGAIN || errno == EINTR) {
      return count;
    }
    give_up();  // what lies in it has been read
  }
  return ::read(pipe, block.data(), block.size());
}

ssize_t OutputJournal::take_through_file(int pipe, std::span<char> block) {
  loff_t end = taken_;
  const ssize_t moved =
      ::splice(pipe, nullptr, file_, &end, block.size(), SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (moved <= 0) {
    return moved;
  }
  ssize_t count = 0;
  while (count < moved) {
    const ssize_t got = ::pread(file_,
                                block.data() + count,
                                static_cast<std::size_t>(moved - count),
                                static_cast<off_t>(taken_ + count));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      break;  // a disk that forgets what it has just taken: nothing else has these bytes
    }
    count += got;
  }
  taken_ += moved;
  if (count == 0) {
    errno = EINTR;
    return -1;
  }
  return count;
}

void OutputJournal::set_mark(const ReadMark& mark) {
  if (is_given_up_ || !write_mark(mark_, mark)) {
    return;  // the older mark is as true, and the file grows up to its limit
  }
  marked_ = mark.offset;
  const int done = ::fallocate(file_,
                               FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(holes_),
                               static_cast<off_t>(marked_ - holes_));
  if (done == 0) {
    holes_ = marked_;
  }
}

void OutputJournal::give_up() {
  is_given_up_ = true;
  std::error_code ignored;  // what stays is read once more, which changes nothing
  std::filesystem::remove(path_, ignored);
  std::filesystem::remove(mark_, ignored);
}

}  // namespace tarama::program
