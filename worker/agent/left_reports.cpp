// One earlier attempt after another, mostly none.
#include "worker/agent/left_reports.hpp"

#include "worker/agent/program_attempt.hpp"
#include "worker/program/metric_lines.hpp"
#include "worker/program/metric_source.hpp"
#include "worker/program/read_mark.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace tarama {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// A guard kills for up to 10 s what does not die at once, and then only has some kB to write.
constexpr milliseconds longest_wait_for_a_guard{15'000};
constexpr milliseconds guard_pause{20};
constexpr milliseconds longest_wait_for_the_store{5'000};

/// A file that closes itself, and with that unlocks itself.
class LockedFile {
 public:
  explicit LockedFile(const fs::path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

  ~LockedFile() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }

  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  /// Whether nobody else has it. File systems without locks exist: there nobody can say.
  [[nodiscard]] bool try_lock() const {
    return file_ < 0 || ::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  }

  /// When it was last written, which is about when its worker died.
  [[nodiscard]] std::int64_t written_at() const {
    struct stat seen {};

    return ::fstat(file_, &seen) == 0
               ? seen.st_mtim.tv_sec * 1000 + seen.st_mtim.tv_nsec / 1'000'000
               : 0;
  }

 private:
  int file_;
};

std::vector<Attempt> attempts_with_journals(const fs::path& store, const JobSpec& job) {
  std::vector<Attempt> found;
  for (Attempt attempt{1}; attempt < job.attempt; attempt = next(attempt)) {
    std::error_code ignored;  // what cannot be seen cannot be read
    if (fs::exists(journal_files(store, job.run, attempt).journal, ignored)) {
      found.push_back(attempt);
    }
  }
  return found;
}

/// nullptr: of what lies there nobody knows any more whose it is.
std::unique_ptr<program::MetricSource> what_is_left(const fs::path& store,
                                                    const JobSpec& job,
                                                    Attempt attempt) {
  const JournalFiles files = journal_files(store, job.run, attempt);
  const fs::path folder = run_folder(store, job.run);
  const Result<program::ReadMark> mark = program::read_mark(files.mark);
  switch (job.program->metrics) {
    case MetricsFrom::standard_output:
      return program::make_metrics_file(files.journal, mark ? *mark : program::ReadMark{});
    case MetricsFrom::file:
    case MetricsFrom::wandb:
      return program::make_metrics_file(metrics_file(folder, attempt),
                                        mark ? *mark : program::ReadMark{});
    case MetricsFrom::tensorboard:
      return mark ? program::make_event_files(folder, *mark) : nullptr;
  }
  return nullptr;
}

class LeftReports {
 public:
  LeftReports(AttemptSession& session, const fs::path& store, const RunLog& log)
      : session_(session), store_(store), log_(log) {}

  void take(Attempt attempt) {
    const JournalFiles files = journal_files(store_, session_.job().run, attempt);
    const LockedFile lock(files.journal);
    if (!wait_for(lock)) {
      log_.say(
          fmt::format("of attempt {} something still runs; its last reports are left", attempt));
      return;
    }
    const auto source = what_is_left(store_, session_.job(), attempt);
    const std::size_t before = rows_;
    if (source != nullptr) {
      send_all(*source, attempt, lock.written_at());
    }
    log_.say(fmt::format("attempt {} was cut off: {} numbers that it may not have passed on",
                         attempt,
                         rows_ - before));
    if (session_.wait_until_kept(longest_wait_for_the_store)) {
      std::error_code ignored;  // what stays is read once more, which changes nothing
      fs::remove(files.journal, ignored);
      fs::remove(files.mark, ignored);
    }
  }

  [[nodiscard]] bool has_metric() const { return has_metric_; }

 private:
  [[nodiscard]] bool wait_for(const LockedFile& lock) {
    milliseconds waited{0};
    while (!lock.try_lock()) {
      if (waited >= longest_wait_for_a_guard || !session_.wait_for_room(guard_pause)) {
        return false;
      }
      waited += guard_pause;
    }
    return true;
  }

  void send_all(program::MetricSource& source, Attempt attempt, std::int64_t at) {
    for (auto rows = source.look(at); !rows.empty(); rows = source.look(at)) {
      send(attempt, std::move(rows));
    }
    send(attempt, source.finish(at));
  }

  void send(Attempt attempt, std::vector<ReportedRow> rows) {
    rows_ += rows.size();
    has_metric_ =
        has_metric_ || std::ranges::any_of(rows, [&](const ReportedRow& row) {
          return row.name == session_.job().metric.program_name && std::isfinite(row.value);
        });
    std::ranges::transform(rows, rows.begin(), program::as_stored);
    session_.send_of(attempt, std::move(rows));
  }

  AttemptSession& session_;
  const fs::path& store_;
  const RunLog& log_;
  std::size_t rows_ = 0;
  bool has_metric_ = false;
};

}  // namespace

JournalFiles journal_files(const fs::path& store, RunId run, Attempt attempt) {
  const fs::path log = run_log_path(store, run, attempt);
  return {fs::path(log).replace_extension(".output"), fs::path(log).replace_extension(".mark")};
}

fs::path metrics_file(const fs::path& folder, Attempt attempt) {
  return folder / fmt::format("metrics-{}.jsonl", attempt);
}

bool take_left_reports(AttemptSession& session, const fs::path& store, const RunLog& log) {
  LeftReports left(session, store, log);
  for (const Attempt attempt : attempts_with_journals(store, session.job())) {
    left.take(attempt);
  }
  return left.has_metric();
}

}  // namespace tarama
