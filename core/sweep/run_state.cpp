// The names of states and failures, each said once.
#include "core/sweep/run_state.hpp"

#include <algorithm>

namespace tarama {

std::string_view name_of(RunState state) {
  using enum RunState;
  switch (state) {
    case pending:
      return "pending";
    case leased:
      return "leased";
    case running:
      return "running";
    case cancelling:
      return "cancelling";
    case succeeded:
      return "succeeded";
    case stopped:
      return "stopped";
    case failed:
      return "failed";
    case cancelled:
      return "cancelled";
  }
  return "";
}

std::string_view name_of(FailureClass failure) {
  using enum FailureClass;
  switch (failure) {
    case diverged:
      return "diverged";
    case out_of_memory:
      return "out_of_memory";
    case crashed:
      return "crashed";
    case exited:
      return "exited";
    case hung:
      return "hung";
    case time_limit:
      return "time_limit";
    case bad_data:
      return "bad_data";
    case disk_full:
      return "disk_full";
    case bad_report:
      return "bad_report";
    case lost:
      return "lost";
    case device_error:
      return "device_error";
    case program_error:
      return "program_error";
  }
  return "";
}

std::string_view name_of(StopCause cause) {
  using enum StopCause;
  switch (cause) {
    case cancelled:
      return "cancelled";
    case paused:
      return "paused";
    case drained:
      return "drained";
    case time_limit:
      return "time_limit";
    case ended_early:
      return "ended_early";
  }
  return "";
}

std::string_view name_of(SweepState state) {
  using enum SweepState;
  switch (state) {
    case running:
      return "running";
    case paused:
      return "paused";
    case finished:
      return "finished";
    case cancelled:
      return "cancelled";
  }
  return "";
}

namespace {

template <class Enum, std::size_t count>
std::optional<Enum> value_named(const std::array<Enum, count>& values, std::string_view name) {
  const auto found =
      std::ranges::find_if(values, [&](Enum value) { return name_of(value) == name; });
  return found == values.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<RunState> run_state_named(std::string_view name) {
  return value_named(all_run_states, name);
}

std::optional<FailureClass> failure_class_named(std::string_view name) {
  return value_named(all_failure_classes, name);
}

std::optional<SweepState> sweep_state_named(std::string_view name) {
  using enum SweepState;
  return value_named(std::array{running, paused, finished, cancelled}, name);
}

}  // namespace tarama
