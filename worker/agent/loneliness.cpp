// Three reasons to end.
#include "worker/agent/loneliness.hpp"

#include <fmt/format.h>

namespace tarama {

namespace {

std::int64_t seconds_of(std::chrono::milliseconds time) {
  return time.count() / 1000;
}

}  // namespace

std::optional<Resolution> Loneliness::look(const HostedStanding& standing,
                                           std::chrono::milliseconds now) {
  idle_since_ = standing.is_idle ? idle_since_ : now;
  free_since_ = standing.is_held_up ? free_since_ : now;
  if (standing.is_idle && now - idle_since_ >= grace_) {
    return Resolution{
        Resolution::Kind::stop,
        fmt::format("no orchestrator came back within {} s of the last run", seconds_of(grace_))};
  }
  if (standing.is_held_up && now - free_since_ >= grace_) {
    return Resolution{
        Resolution::Kind::stop,
        fmt::format("no orchestrator, and no room for what is to be told it, for {} s",
                    seconds_of(grace_))};
  }
  for (const protocol::AttemptProgress& progress : standing.at_work) {
    ProgressWatch& watch =
        watches_.try_emplace({progress.run, progress.attempt}, now).first->second;
    watch.told(progress.signs, progress.steps, now);
    if (watch.is_hung(now)) {
      return Resolution{
          Resolution::Kind::exit,
          fmt::format(
              "run {} made no progress for {} s", progress.run, seconds_of(watch.silence(now)))};
    }
  }
  return std::nullopt;
}

}  // namespace tarama
