// Whose fault a failure is taken to be, by its class alone: what the run itself did, what may be
// its device's doing, or neither. Who has failed where before is device_health.hpp's affair.
#pragma once

#include "core/sweep/run_state.hpp"

#include <csignal>

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

}  // namespace tarama
