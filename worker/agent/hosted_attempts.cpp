// A list with a queue.
#include "worker/agent/hosted_attempts.hpp"

#include <algorithm>
#include <utility>

namespace tarama {

namespace {

bool is_of(const AttemptSession& session, RunId run, Attempt attempt) {
  return session.job().run == run && session.job().attempt == attempt;
}

}  // namespace

void HostedAttempts::add(std::shared_ptr<AttemptSession> session) {
  {
    const std::lock_guard lock(mutex_);
    const JobSpec& job = session->job();
    const bool is_known = std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& other) {
      return is_of(*other, job.run, job.attempt);
    });
    if (is_known) {
      return;
    }
    sessions_.push_back(session);
    waiting_.push_back(std::move(session));
  }
  changed_.notify_all();
}

std::shared_ptr<AttemptSession> HostedAttempts::take_waiting() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty() || closed_; });
  if (waiting_.empty() || closed_ == Waiting::left_alone) {
    return nullptr;
  }
  auto session = std::move(waiting_.front());
  waiting_.pop_front();
  return session;
}

void HostedAttempts::close(Waiting waiting) {
  {
    const std::lock_guard lock(mutex_);
    closed_ = waiting;
  }
  changed_.notify_all();
}

HostedAttempts::Sessions HostedAttempts::all() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

std::shared_ptr<AttemptSession> HostedAttempts::find(RunId run, Attempt attempt) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& session) {
    return is_of(*session, run, attempt);
  });
  return found == sessions_.end() ? nullptr : *found;
}

bool HostedAttempts::forget_what_is_over() {
  Sessions over = all();
  std::erase_if(over, [](const auto& session) { return !session->is_over(); });
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& session) {
    return std::find(over.begin(), over.end(), session) != over.end();
  });
  return sessions_.empty();
}

bool HostedAttempts::have_finished() const {
  const Sessions sessions = all();
  return std::all_of(
      sessions.begin(), sessions.end(), [](const auto& one) { return one->has_finished(); });
}

}  // namespace tarama
