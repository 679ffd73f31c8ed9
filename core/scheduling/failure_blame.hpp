// Whose fault a failure is taken to be, by its class alone: what the run itself did, what may be
// its device's doing, or neither; of a program also by what it is and where it ran. Who has failed
// where before is device_health.hpp's affair.
#pragma once

#include "core/sweep/run_state.hpp"

#include <csignal>
#include <string_view>

namespace tarama {

enum class Blame {
  run,      // it would end like this anywhere
  device,   // or the worker process on it: the same run may end differently elsewhere
  outside,  // somebody's order, the disk, the orchestrator: neither run nor device
};

/// Of these, SIGKILL is what a person or the kernel sends a process that is in the way; what a
/// broken driver does to a process is SIGSEGV, SIGBUS or SIGABRT.
[[nodiscard]] constexpr bool is_sent_from_outside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
         signal == SIGQUIT;
}

/// `signal`: what ended the process of a `crashed` attempt; 0: none, or not known.
[[nodiscard]] constexpr Blame blame_of(FailureClass failure, int signal = 0) {
  using enum FailureClass;
  switch (failure) {
    case diverged:
    case out_of_memory:  // what it needs is the run's own; who else took it, `auto` looks after
    case time_limit:
    case bad_data:
    case program_error:
      return Blame::run;
    case crashed:
      return is_sent_from_outside(signal) ? Blame::outside : Blame::device;
    case exited:
    case hung:
    case bad_report:
    case device_error:
      return Blame::device;
    case disk_full:
    case lost:
      return Blame::outside;
  }
  return Blame::outside;
}

/// "cpu", and workers of several threads there: "cpu*4".
[[nodiscard]] constexpr bool is_on_cores(std::string_view device) {
  return device == "cpu" || device.starts_with("cpu*");
}

/// Of a program as the trainer, in a process of its own: what it is, its user wrote, and cores that
/// crash one program would not run this orchestrator. Of a GPU nobody knows. That it exits so is
/// its own wish (code 75).
[[nodiscard]] constexpr Blame blame_of_program(FailureClass failure, std::string_view device) {
  const Blame blame = blame_of(failure);
  const bool is_its_own = failure == FailureClass::exited || is_on_cores(device);
  return blame == Blame::device && is_its_own ? Blame::run : blame;
}

}  // namespace tarama
