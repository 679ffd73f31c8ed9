// The queue, its thread, and what happens when a transaction fails.
#include "db/store_writer.hpp"

#include "failpoints/failpoint.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace tarama::db {

namespace {

// Rows of one transaction, at most: nobody waits for more of them because they queued up in front
// (docs/PERFORMANCE.md, `store/rows, 10,000 waiting`), and yet the cost of a commit is long shared.
constexpr std::size_t rows_per_transaction = 10'000;

struct Job {
  std::vector<Write> writes;
  StoreWriter::Done done;
  StoreWriter::Task task;                   // instead of writes
  StoreWriter::WritingTask writing_task{};  // or this one

  [[nodiscard]] bool is_task() const { return task || writing_task; }
};

std::size_t rows_of(const Job& job) {
  std::size_t rows = job.writes.size();
  for (const Write& write : job.writes) {
    if (const auto* batch = std::get_if<MetricBatch>(&write)) {
      rows += batch->steps.size() + batch->evals.size() + batch->reported.size();
    }
  }
  return rows;
}

}  // namespace

bool may_pass(const Error& error) {
  return error.code == Errc::disk_full || error.code == Errc::timed_out;
}

struct StoreWriter::State {
  State(std::unique_ptr<RunStore> owned, RetryDelays retry_delays)
      : store_(std::move(owned)), delays_(retry_delays), thread_([this] { serve(); }) {}

  void push(Job job);
  void stop();
  std::optional<Error> current_trouble() const;
  std::size_t unfinished() const;

 private:
  void serve();
  /// The next jobs to do together: one task, or writes up to the limit. Empty: time to end.
  std::vector<Job> take();
  void commit(std::vector<Job> jobs);
  /// Or fails for good.
  Result<void> until_it_works(const std::function<Result<void>()>& attempt);
  Result<void> write(const std::vector<Write>& writes);
  /// False: no use in waiting, the writer is being destroyed.
  bool wait_for_better(std::chrono::milliseconds delay, const Error& error);
  void finish(const Job& job, const Result<void>& result);

  std::unique_ptr<RunStore> store_;  // of the thread alone
  RetryDelays delays_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by the mutex:
  std::deque<Job> jobs_;
  std::size_t in_hand_ = 0;
  std::optional<Error> trouble_;
  bool is_stopping_ = false;
  std::thread thread_;  // the last member: it uses all others
};

void StoreWriter::State::push(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void StoreWriter::State::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::optional<Error> StoreWriter::State::current_trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::size_t StoreWriter::State::unfinished() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size() + in_hand_;
}

void StoreWriter::State::serve() {
  for (std::vector<Job> jobs = take(); !jobs.empty(); jobs = take()) {
    const Job& first = jobs.front();
    if (first.task) {
      first.task(*store_);
      finish(first, {});
    } else if (first.writing_task) {
      finish(first, until_it_works([&] { return first.writing_task(*store_); }));
    } else {
      commit(std::move(jobs));
    }
  }
}

std::vector<Job> StoreWriter::State::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !jobs_.empty() || is_stopping_; });
  std::vector<Job> taken;
  std::size_t rows = 0;
  while (!jobs_.empty()) {
    const bool is_task = jobs_.front().is_task();
    rows += rows_of(jobs_.front());
    if (!taken.empty() && (is_task || rows > rows_per_transaction)) {
      break;
    }
    taken.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
    ++in_hand_;
    if (is_task) {
      break;
    }
  }
  return taken;
}

void StoreWriter::State::commit(std::vector<Job> jobs) {
  std::vector<Write> together;
  for (Job& job : jobs) {
    std::ranges::move(job.writes, std::back_inserter(together));
  }
  TARAMA_FAILPOINT("writer.before_write");
  const Result<void> result = write(together);
  TARAMA_FAILPOINT("writer.written");
  if (result || jobs.size() == 1 || may_pass(result.error())) {
    for (const Job& job : jobs) {
      finish(job, result);
    }
    return;
  }
  // Some job is at fault: one by one, so that the others do not pay for it.
  auto from = together.begin();
  for (Job& job : jobs) {
    const auto until = from + static_cast<std::ptrdiff_t>(job.writes.size());
    std::ranges::move(from, until, job.writes.begin());
    from = until;
    finish(job, write(job.writes));
  }
}

Result<void> StoreWriter::State::write(const std::vector<Write>& writes) {
  return until_it_works([&] { return store_->write(writes); });
}

Result<void> StoreWriter::State::until_it_works(const std::function<Result<void>()>& attempt) {
  std::chrono::milliseconds delay = delays_.first;
  for (;;) {
    Result<void> result = attempt();
    if (result || !may_pass(result.error()) || !wait_for_better(delay, result.error())) {
      const std::lock_guard lock(mutex_);
      trouble_.reset();
      return result;
    }
    // A lock has been waited for by the store itself, and may be free the next moment.
    const bool is_lock = result.error().code == Errc::timed_out;
    delay = is_lock ? delays_.first : std::min(2 * delay, delays_.longest);
  }
}

bool StoreWriter::State::wait_for_better(std::chrono::milliseconds delay, const Error& error) {
  std::unique_lock lock(mutex_);
  if (is_stopping_) {
    return false;
  }
  trouble_ = error;
  // Being destroyed ends the wait, and leaves one more try.
  changed_.wait_for(lock, delay, [this] { return is_stopping_; });
  return true;
}

void StoreWriter::State::finish(const Job& job, const Result<void>& result) {
  if (job.done) {
    job.done(result);
  }
  const std::lock_guard lock(mutex_);
  --in_hand_;
}

StoreWriter::StoreWriter(std::unique_ptr<RunStore> store, RetryDelays delays)
    : state_(std::make_unique<State>(std::move(store), delays)) {}

StoreWriter::~StoreWriter() {
  state_->stop();
}

void StoreWriter::enqueue(std::vector<Write> writes, Done done) {
  state_->push({std::move(writes), std::move(done), {}});
}

void StoreWriter::run(Task task) {
  state_->push({{}, {}, std::move(task)});
}

void StoreWriter::run_until_it_works(WritingTask task) {
  state_->push({.writes = {}, .done = {}, .task = {}, .writing_task = std::move(task)});
}

std::size_t StoreWriter::queued() const {
  return state_->unfinished();
}

std::optional<Error> StoreWriter::trouble() const {
  return state_->current_trouble();
}

}  // namespace tarama::db
