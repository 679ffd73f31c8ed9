// Sums and differences of moments.
#include "orchestrator/live/sweep_progress.hpp"

namespace tarama::orchestrator {

void SweepProgress::run_ended(RunId run, std::int64_t planned_steps) {
  ended_steps_ += ended_.insert(run).second ? planned_steps : 0;
}

void SweepProgress::run_pending(RunId run, std::int64_t planned_steps) {
  ended_steps_ -= ended_.erase(run) > 0 ? planned_steps : 0;
}

void SweepProgress::works(const Moment& now) {
  if (!began_) {
    began_ = now.awake;
    steps_at_start_ = ended_steps_;
  } else if (rested_) {
    *began_ += now.awake - *rested_;
  }
  rested_.reset();
}

void SweepProgress::rests(const Moment& now) {
  rested_ = rested_.value_or(now.awake);
}

std::chrono::milliseconds SweepProgress::elapsed(const Moment& now) const {
  return began_ ? rested_.value_or(now.awake) - *began_ : std::chrono::milliseconds{0};
}

std::optional<double> SweepProgress::seconds_left(const Moment& now,
                                                  std::int64_t steps_done,
                                                  std::int64_t steps_planned) const {
  const double seconds = std::chrono::duration<double>(elapsed(now)).count();
  const auto done_here = static_cast<double>(steps_done - steps_at_start_);
  if (done_here <= 0 || seconds <= 0) {
    return std::nullopt;
  }
  return static_cast<double>(steps_planned - steps_done) * seconds / done_here;
}

}  // namespace tarama::orchestrator
