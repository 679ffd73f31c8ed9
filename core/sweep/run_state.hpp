// The states of a run, what may follow what, and the classes of failure, with their names as
// they stand in SQL, on the wire and in the CLI. docs/STATES.md is generated from this file.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tarama {

/// `stopped`: a search method ended the run before its last step, as a result, not a failure.
enum class RunState { pending, leased, running, cancelling, succeeded, stopped, failed, cancelled };

inline constexpr std::array all_run_states = {RunState::pending,
                                              RunState::leased,
                                              RunState::running,
                                              RunState::cancelling,
                                              RunState::succeeded,
                                              RunState::stopped,
                                              RunState::failed,
                                              RunState::cancelled};

/// Whether a run in state `from` may be put into state `to`. Nothing else moves a run.
[[nodiscard]] constexpr bool may_move(RunState from, RunState to) {
  using enum RunState;
  switch (from) {
    case pending:
      return to == leased || to == stopped || to == cancelled;
    case leased:
      return to == running || to == pending || to == stopped || to == failed || to == cancelling;
    case running:
      return to == succeeded || to == stopped || to == failed || to == pending || to == cancelling;
    case cancelling:
      return to == cancelled || to == succeeded || to == failed;
    case stopped:
    case failed:
    case cancelled:
      return to == pending;  // `retry` alone, as a new attempt
    case succeeded:
      return false;
  }
  return false;
}

/// Whether nothing but `retry` moves a run on from here.
[[nodiscard]] constexpr bool is_terminal(RunState state) {
  return state == RunState::succeeded || state == RunState::stopped || state == RunState::failed ||
         state == RunState::cancelled;
}

/// Why an attempt did not succeed.
enum class FailureClass {
  diverged,       // the loss became NaN or infinite: a finding about the level, never retried
  out_of_memory,  // the device or the machine had no memory left
  crashed,        // the worker process died by a signal
  exited,         // the worker process ended without a result
  hung,           // the worker stopped to answer
  time_limit,     // the run took longer than the sweep's time_limit; never retried
  bad_data,       // data or model files are not what was planned; never retried
  disk_full,      // a checkpoint, model or log could not be written
  bad_report,     // what the worker reported cannot be right, or is not all there
  lost,           // the orchestrator lost sight of the attempt (its own crash, a reboot)
  device_error,   // the device failed, and with it all that the worker process had on it
  program_error,  // a program as the trainer says that it failed; never retried
};

inline constexpr std::array all_failure_classes = {FailureClass::diverged,
                                                   FailureClass::out_of_memory,
                                                   FailureClass::crashed,
                                                   FailureClass::exited,
                                                   FailureClass::hung,
                                                   FailureClass::time_limit,
                                                   FailureClass::bad_data,
                                                   FailureClass::disk_full,
                                                   FailureClass::bad_report,
                                                   FailureClass::lost,
                                                   FailureClass::device_error,
                                                   FailureClass::program_error};

/// How a worker says that an attempt ended. `stopped`: because it was asked to.
enum class AttemptEnd { succeeded, stopped, failed };

/// Why an attempt is asked to end before its time.
enum class StopCause {
  cancelled,    // its run is: nobody wants the rest
  paused,       // its run is, alone or with its sweep: the checkpoint is what counts
  drained,      // the orchestrator or the worker ends; the run goes on later
  time_limit,   // it took longer than the sweep allows
  ended_early,  // a search method gives it up: what it has shown is enough
};

inline constexpr std::array all_stop_causes = {StopCause::cancelled,
                                               StopCause::paused,
                                               StopCause::drained,
                                               StopCause::time_limit,
                                               StopCause::ended_early};

enum class SweepState { running, paused, finished, cancelled };

[[nodiscard]] std::string_view name_of(RunState state);
[[nodiscard]] std::string_view name_of(FailureClass failure);
[[nodiscard]] std::string_view name_of(StopCause cause);
[[nodiscard]] std::string_view name_of(SweepState state);
[[nodiscard]] std::optional<RunState> run_state_named(std::string_view name);
[[nodiscard]] std::optional<FailureClass> failure_class_named(std::string_view name);
[[nodiscard]] std::optional<SweepState> sweep_state_named(std::string_view name);

}  // namespace tarama
