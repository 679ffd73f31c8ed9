// Three failures, a quarantine, and tries with growing waits.
#include "core/scheduling/device_health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tarama {
namespace {

std::string failure_text(FailureClass failure, const std::string& message) {
  return message.empty() ? std::string(name_of(failure))
                         : fmt::format("{}: {}", name_of(failure), message);
}

}  // namespace

bool DeviceHealth::failed(RunId run, FailureClass failure, const std::string& message, Moment now) {
  if (state_ == State::on_trial && run_on_trial_ == run) {
    quarantine_->reason =
        fmt::format("run {} tried it and failed ({})", run, failure_text(failure, message));
    if (now.awake < quarantine_->next_try) {
      // Somebody asked for it before its time: the next one comes when it would have come, and
      // later ones no later.
      state_ = State::quarantined;
      run_on_trial_.reset();
      return true;
    }
    ++quarantine_->failed_tries;
    wait_for_next_try(now.awake);
    return true;
  }
  const bool is_known = std::ranges::find(failed_runs_, run) != failed_runs_.end();
  if (state_ != State::healthy || is_known) {
    return false;
  }
  failed_runs_.push_back(run);
  if (failed_runs_.size() < failures_until_quarantine) {
    return false;
  }
  quarantine_ = Quarantine{now.wall,
                           fmt::format("{} runs in a row failed on it, the last as {}",
                                       failed_runs_.size(),
                                       failure_text(failure, message)),
                           0,
                           {}};
  wait_for_next_try(now.awake);
  return true;
}

bool DeviceHealth::worked() {
  const bool was_quarantined = quarantine_.has_value();
  *this = {};
  return was_quarantined;
}

void DeviceHealth::take_back(RunId run) {
  if (state_ == State::healthy) {
    std::erase(failed_runs_, run);
  }
}

void DeviceHealth::try_with(RunId run) {
  state_ = State::on_trial;
  run_on_trial_ = run;
}

void DeviceHealth::trial_ended(RunId run) {
  if (state_ == State::on_trial && run_on_trial_ == run) {
    state_ = State::due;
    run_on_trial_.reset();
  }
}

void DeviceHealth::look_at(std::chrono::milliseconds awake) {
  if (state_ == State::quarantined && awake >= quarantine_->next_try) {
    state_ = State::due;
  }
}

void DeviceHealth::give_a_chance() {
  if (state_ == State::quarantined) {
    state_ = State::due;
  }
}

void DeviceHealth::restore(Quarantine quarantine) {
  quarantine_ = std::move(quarantine);
  state_ = State::due;
}

void DeviceHealth::wait_for_next_try(std::chrono::milliseconds awake) {
  const auto tries = static_cast<std::size_t>(quarantine_->failed_tries);
  quarantine_->next_try = awake + quarantine_waits[std::min(tries, quarantine_waits.size() - 1)];
  state_ = State::quarantined;
  run_on_trial_.reset();
}

}  // namespace tarama
