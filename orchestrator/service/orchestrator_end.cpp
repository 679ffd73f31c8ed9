// How it ends: asked to, by a store that fails, or at once.
#include "orchestrator/service/orchestrator.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <chrono>
#include <spdlog/spdlog.h>

namespace tarama::orchestrator {
namespace {

// From being asked to end. Workers have as long to save what they have (drain_grace), so that room
// that is made meanwhile saves all.
constexpr std::chrono::milliseconds longest_wait_for_store = drain_grace;
// Once the store has failed nobody is left who would end a worker that does not; those that do take
// some seconds more than a checkpoint.
constexpr std::chrono::milliseconds longest_wait_for_workers =
    drain_grace + std::chrono::seconds(10);

}  // namespace

void Orchestrator::drain() {
  duties_->end_commands(clock_.now().awake);
  finish();
}

void Orchestrator::finish() {
  if (is_draining_) {
    return;
  }
  is_draining_ = true;
  asked_at_ = clock_.now().awake;
  spdlog::info("stopping: running attempts are checkpointed");
  handle(DrainAsked{});
  roster_->shut_down_away();
  leave_if_quiet();
}

void Orchestrator::stop_now() {
  is_draining_ = true;
  is_stopping_ = true;
  effector_->stop_listening();
  duties_->stop();
  roster_->kill_all();
}

void Orchestrator::lose_store(const Error& error) {
  if (!failure_) {
    failure_ = error;
    spdlog::error("everything stops: {}", error.message);
  }
  stop_now();
}

// Four things must be over before we go: attempts, then worker processes, then errands and duties.
void Orchestrator::leave_if_quiet() {
  if (!is_draining_ || is_stopping_ || has_left_ || (!scheduler_.is_quiet() && !failure_)) {
    return;
  }
  roster_->shut_down();
  if (roster_->workers().empty() && (failure_ || (errands_->open() == 0 && duties_->open() == 0))) {
    leave();
  }
}

// The last transactions are committed before the loop ends.
void Orchestrator::leave() {
  has_left_ = true;
  if (failure_) {
    return on_left_();
  }
  effector_->write_the_rest();
  writer_->run([this](db::RunStore&) { boost::asio::post(loop_, [this] { on_left_(); }); });
}

// The one thing that may end the service. It pauses first: nothing more is handed out, and the
// workers checkpoint what they have, so that a repaired store loses no training.
void Orchestrator::store_failed(const Error& error) {
  if (failure_) {
    return;
  }
  failure_ = error;
  failed_at_ = clock_.now().awake;
  spdlog::error("the store cannot be written, so everything stops: {}", error.message);
  is_draining_ = true;
  effector_->stop_listening();
  duties_->stop();
  // Whoever waits for the last commit alone waits for nothing any more.
  has_left_ ? on_left_() : leave_if_quiet();
}

// A full disk may stay full for hours, and whoever stops us does not know of it. What is not
// committed then is as after a kill: those attempts are lost, and trained again.
void Orchestrator::end_in_time() {
  if (!is_draining_ || is_stopping_) {
    return;
  }
  const std::chrono::milliseconds now = clock_.now().awake;
  const std::optional<Error> trouble = failure_ ? std::nullopt : writer_->trouble();
  if (trouble && now - asked_at_ > longest_wait_for_store) {
    store_failed({trouble->code,
                  fmt::format("{}; what is not stored yet is trained again", trouble->message)});
  }
  if (failure_ && !has_left_ && now - failed_at_ > longest_wait_for_workers) {
    stop_now();
    has_left_ = true;
    on_left_();
  }
}

}  // namespace tarama::orchestrator
