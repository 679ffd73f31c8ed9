// What the ends of attempts say about devices, and what follows for sweeps that have no sound one.
// Private to the scheduler. docs/FAILURES.md says the rule in words.
#pragma once

#include "core/scheduling/scheduler_book.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tarama::scheduling {

/// A run that tries a device and still trains after this long, with new steps, has shown enough.
inline constexpr std::chrono::milliseconds long_enough_to_show = std::chrono::minutes(2);

/// How an attempt failed.
struct Failure {
  FailureClass failure = FailureClass::exited;
  std::string message{};
  int signal = 0;  // that ended its process; 0: none, or not known
  /// Another attempt of the same process ended with it, and stands for both.
  bool is_told = false;
  /// Other runs that were in its process, each of which may have done it: it costs no restart, and
  /// half as many are beside the run when it is tried again. 0: it was alone, or known to be it.
  std::int64_t beside = 0;
  /// A program, whose process is not its worker's.
  bool had_own_process = false;
};

/// Before the attempt leaves its device. Whether the device is to blame, as far as is known.
[[nodiscard]] bool is_held_against_device(
    SchedulerBook& book, const Run& run, const Failure& failure, Moment now, Effects& effects);

/// The attempt got through, or was stopped while it trained.
void note_sound_end(SchedulerBook& book, const Run& run, Moment now, Effects& effects);

/// The attempt ends and has shown nothing.
void note_empty_end(SchedulerBook& book, const Run& run);

/// Time passed: devices whose time for a try has come, and tries that have shown enough.
void look_at_devices(SchedulerBook& book, Moment now, Effects& effects);

/// Somebody asks for the sweep, who may have mended something: its devices are tried at once.
void give_devices_a_chance(SchedulerBook& book, const Sweep& sweep);

/// Pauses the sweep if all its devices are sick, and ends such a pause once one is sound, and one
/// for a full disk when its time is over.
void pause_or_go_on(SchedulerBook& book, Sweep& sweep, Moment now, Effects& effects);

}  // namespace tarama::scheduling
