// Rows and an end in, reports out, and a stop from the other side.
#include "worker/agent/attempt_session.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace tarama {

namespace {

std::int64_t in_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

std::chrono::nanoseconds steady_time() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

AttemptSession::AttemptSession(JobSpec job,
                               const SpoolPlace& spools,
                               std::function<void()> has_news,
                               std::function<std::chrono::nanoseconds()> awake)
    : job_(std::move(job)),
      has_news_(std::move(has_news)),
      awake_(std::move(awake)),
      reports_(spools.folder,
               {.session = spools.session, .run = job_.run, .attempt = job_.attempt}),
      time_limit_(job_.time_limit) {}

std::optional<StopCause> AttemptSession::stop_cause() const {
  const std::lock_guard lock(mutex_);
  look_at_the_time();
  return stop_;
}

std::chrono::nanoseconds AttemptSession::trained_so_far() const {
  return began_at_ ? (is_held_up_ ? waits_since_ : awake_()) - *began_at_ - waited_
                   : std::chrono::nanoseconds(0);
}

void AttemptSession::begin_to_wait() {
  waits_since_ = awake_();
  is_held_up_ = true;
}

void AttemptSession::end_to_wait() {
  is_held_up_ = false;
  waited_ += began_at_ ? awake_() - waits_since_ : std::chrono::nanoseconds(0);
}

bool AttemptSession::wait_for_room(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  look_at_the_time();
  begin_to_wait();
  const bool is_to_end = changed_.wait_for(lock, pause, [this] { return stop_.has_value(); });
  end_to_wait();
  ++signs_;
  return !is_to_end;
}

// The orchestrator holds the limit as well; but it may be busy, or gone.
void AttemptSession::look_at_the_time() const {
  if (!stop_ && time_limit_ && trained_so_far() > *time_limit_) {
    stop_ = StopCause::time_limit;
  }
}

std::chrono::nanoseconds AttemptSession::trained() const {
  const std::lock_guard lock(mutex_);
  return trained_so_far();
}

bool AttemptSession::is_overdue() const {
  const std::lock_guard lock(mutex_);
  return time_limit_ && trained_so_far() > *time_limit_ + time_limit_tolerance;
}

void AttemptSession::set_time_limit(std::optional<std::chrono::milliseconds> limit) {
  {
    const std::lock_guard lock(mutex_);
    time_limit_ = limit;
    look_at_the_time();
  }
  changed_.notify_all();
}

void AttemptSession::started(std::int64_t first_step, const std::optional<Beginning>& from) {
  const std::lock_guard lock(mutex_);
  start_ = protocol::Started{.run = job_.run,
                             .attempt = job_.attempt,
                             .first_step = first_step,
                             .from_run = from ? from->run : RunId{},
                             .from_step = from ? from->steps : 0};
  began_at_ = awake_();
  reports_.started(*start_);
  has_news_();
}

void AttemptSession::finished(const protocol::Finished& finished) {
  const std::lock_guard lock(mutex_);
  has_finished_ = true;
  if (!is_dropped_) {
    close_the_batch();
    reports_.add(finished);
  }
  has_news_();
}

void AttemptSession::sign_of_progress() {
  const std::lock_guard lock(mutex_);
  ++signs_;
}

void AttemptSession::ask_to_stop(StopCause cause) {
  {
    const std::lock_guard lock(mutex_);
    if (!stop_ || cause == StopCause::cancelled) {
      stop_ = cause;
    }
  }
  changed_.notify_all();
}

void AttemptSession::stored(const protocol::MetricsStored& batch) {
  {
    const std::lock_guard lock(mutex_);
    reports_.stored(batch);
  }
  changed_.notify_all();
}

void AttemptSession::end_stored() {
  const std::lock_guard lock(mutex_);
  reports_.forget();
}

void AttemptSession::drop() {
  {
    const std::lock_guard lock(mutex_);
    is_dropped_ = true;
    stop_ = StopCause::cancelled;
    reports_.forget();
  }
  changed_.notify_all();
}

void AttemptSession::close_the_batch() {
  reports_.close_batch(std::chrono::duration<double>(trained_so_far()).count());
}

void AttemptSession::close_batch() {
  const std::lock_guard lock(mutex_);
  close_the_batch();
}

std::optional<protocol::Message> AttemptSession::next_to_send() {
  const std::lock_guard lock(mutex_);
  return is_heard_ && !is_dropped_ ? reports_.next_to_send() : std::nullopt;
}

void AttemptSession::hang_up() {
  const std::lock_guard lock(mutex_);
  is_heard_ = false;
  reports_.hang_up();
}

Result<void> AttemptSession::spool() {
  Result<void> done;
  {
    const std::lock_guard lock(mutex_);
    if (is_heard_) {
      return {};
    }
    close_the_batch();
    done = reports_.spool();
  }
  changed_.notify_all();
  return done;
}

protocol::AttemptAtHand AttemptSession::at_hand() {
  const std::lock_guard lock(mutex_);
  protocol::AttemptAtHand row{.run = job_.run, .attempt = job_.attempt};
  knows_start_ = start_.has_value();
  if (start_) {
    row.first_step = start_->first_step;
    row.from_run = start_->from_run;
    row.from_step = start_->from_step;
    row.running_ms = in_milliseconds(trained_so_far());
  }
  return row;
}

void AttemptSession::adopted(std::int64_t steps) {
  const std::lock_guard lock(mutex_);
  is_heard_ = true;
  reports_.resume(steps, knows_start_);
}

protocol::AttemptProgress AttemptSession::progress() {
  const std::lock_guard lock(mutex_);
  signs_ += is_held_up_ ? 1 : 0;
  return {.run = job_.run,
          .attempt = job_.attempt,
          .signs = signs_,
          .steps = steps_,
          .trained_ms = in_milliseconds(trained_so_far())};
}

bool AttemptSession::is_held_up() const {
  const std::lock_guard lock(mutex_);
  return is_held_up_;
}

bool AttemptSession::has_finished() const {
  const std::lock_guard lock(mutex_);
  return has_finished_;
}

bool AttemptSession::is_over() const {
  const std::lock_guard lock(mutex_);
  return has_finished_ && reports_.is_empty();
}

void AttemptSession::wait_for_the_store(std::unique_lock<std::mutex>& lock) {
  if (reports_.rows_in_memory() < unstored_rows_limit || stop_) {
    return;
  }
  begin_to_wait();
  changed_.wait(lock, [this] { return reports_.rows_in_memory() < unstored_rows_limit || stop_; });
  end_to_wait();
}

void AttemptSession::send_of(Attempt earlier, std::vector<ReportedRow> rows) {
  std::unique_lock lock(mutex_);
  ++signs_;
  wait_for_the_store(lock);
  if (!is_dropped_ && !rows.empty()) {
    reports_.add_of(earlier, std::move(rows));
    has_news_();
  }
}

bool AttemptSession::wait_until_kept(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  ++signs_;
  if (reports_.rows_in_memory() > 0) {
    close_the_batch();
    has_news_();
    changed_.wait_for(lock, limit, [this] { return reports_.rows_in_memory() == 0; });
  }
  return reports_.rows_in_memory() == 0;
}

template <class Row>
void AttemptSession::add(const Row& row) {
  std::unique_lock lock(mutex_);
  ++signs_;
  steps_ += std::is_same_v<Row, StepRow> ? 1 : 0;
  wait_for_the_store(lock);
  if (is_dropped_) {
    return;
  }
  reports_.add(row);
  if (reports_.has_full_batch()) {
    close_the_batch();
    has_news_();
  }
}

void AttemptSession::send(const StepRow& row) {
  add(row);
}

void AttemptSession::send(const EvalRow& row) {
  add(row);
}

void AttemptSession::send(const ReportedRow& row) {
  {
    const std::lock_guard lock(mutex_);
    steps_ += row.step > reported_step_ ? 1 : 0;
    reported_step_ = std::max(reported_step_, row.step);
  }
  add(row);
}

void AttemptSession::send(protocol::Predictions predictions) {
  predictions.run = job_.run;
  predictions.attempt = job_.attempt;
  const std::lock_guard lock(mutex_);
  if (!is_dropped_) {
    reports_.add(std::move(predictions));
    has_news_();
  }
}

}  // namespace tarama
