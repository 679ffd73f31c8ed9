// One file, appended to by whole records.
#include "worker/agent/spool.hpp"

#include "failpoints/failpoint.hpp"
#include "files/whole_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarama {

Spool::Spool(std::filesystem::path folder, const protocol::SpoolName& name)
    : path_(std::move(folder) / protocol::file_name_of(name)) {}

Spool::~Spool() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

Result<void> Spool::append(const protocol::Message& message) {
  const auto record = protocol::spool_record(message);
  if (!record) {
    return record.error();
  }
  if (bytes_ + static_cast<std::int64_t>(record->size()) > spool_limit) {
    return Error{Errc::disk_full, "what waits for an orchestrator is as much as may wait"};
  }
  if (file_ < 0) {
    if (auto opened = open(); !opened) {
      return opened;
    }
  }
  if (auto written = write(*record); !written) {
    return written;
  }
  TARAMA_FAILPOINT("spool.appended");
  ++messages_;
  return {};
}

Result<void> Spool::open() {
  std::error_code ignored;  // opening the file says what is wrong with its folder
  std::filesystem::create_directory(path_.parent_path(), ignored);
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) {
    return files::failure_at(path_, "cannot be opened", errno);
  }
  if (auto written = write(protocol::spool_head()); !written) {
    remove();
    return written;
  }
  TARAMA_FAILPOINT("spool.opened");
  return {};
}

// A record that does not fit is taken back: what follows it must be readable.
Result<void> Spool::write(const std::vector<std::byte>& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count = ::write(file_, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) {
      const int error = errno;
      // Where even this fails, the reader stops at the torn record.
      static_cast<void>(::ftruncate(file_, bytes_));
      return files::failure_at(path_, "cannot be written", error);
    }
    done += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  bytes_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

void Spool::rewind() {
  reader_.reset();
  messages_read_ = 0;
}

std::optional<protocol::Message> Spool::next() {
  if (!reader_) {
    auto opened = protocol::SpoolReader::open(path_);
    messages_read_ = 0;
    if (!opened) {
      messages_ = 0;  // somebody removed it
      return std::nullopt;
    }
    reader_.emplace(std::move(*opened));
  }
  auto message = reader_->next();
  if (message) {
    ++messages_read_;
  } else {
    messages_ = messages_read_;  // damaged by others than us: nothing more can be read
  }
  return message;
}

void Spool::remove() {
  reader_.reset();
  if (file_ >= 0) {
    ::close(file_);
    TARAMA_FAILPOINT("spool.before_removal");
    std::error_code ignored;  // a spool that stays is taken in by the next orchestrator, in vain
    std::filesystem::remove(path_, ignored);
  }
  file_ = -1;
  bytes_ = messages_ = messages_read_ = 0;
}

}  // namespace tarama
