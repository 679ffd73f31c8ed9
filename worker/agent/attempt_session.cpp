// Rows in, batches out, and a stop from the other side.
#include "worker/agent/attempt_session.hpp"

#include <utility>

namespace tarama {

AttemptSession::AttemptSession(JobSpec job, std::function<void(protocol::Message)> send)
    : job_(std::move(job)), send_(std::move(send)), outbox_(job_.run, job_.attempt) {}

std::optional<StopCause> AttemptSession::stop_cause() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void AttemptSession::started(std::int64_t first_step) {
  const std::lock_guard lock(mutex_);
  send_(protocol::Started{job_.run, job_.attempt, first_step});
}

void AttemptSession::finished(const protocol::Finished& finished) {
  const std::lock_guard lock(mutex_);
  send_batch();
  send_(finished);
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
    outbox_.stored(batch);
  }
  changed_.notify_all();
}

void AttemptSession::send_pending_rows() {
  const std::lock_guard lock(mutex_);
  send_batch();
}

template <class Row>
void AttemptSession::add(const Row& row) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return outbox_.unstored_rows() < unstored_rows_limit || stop_; });
  outbox_.add(row);
  if (outbox_.has_full_batch()) {
    send_batch();
  }
}

void AttemptSession::send(const StepRow& row) {
  add(row);
}

void AttemptSession::send(const EvalRow& row) {
  add(row);
}

void AttemptSession::send(protocol::Predictions predictions) {
  predictions.run = job_.run;
  predictions.attempt = job_.attempt;
  const std::lock_guard lock(mutex_);
  send_(std::move(predictions));
}

void AttemptSession::send_batch() {
  if (auto batch = outbox_.take()) {
    send_(std::move(*batch));
  }
}

}  // namespace tarama
