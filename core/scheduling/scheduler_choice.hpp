// Which worker a pending run may go to: its sweep's devices, their health, and what the run has
// gone through. Private to the scheduler.
#pragma once

#include "core/scheduling/scheduler_book.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tarama::scheduling {

/// A run that failed on one device waits this long for another one before it takes the first again:
/// others may be busy for hours, and a run that has failed there once may not the second time.
inline constexpr std::chrono::milliseconds patience_with_devices = std::chrono::minutes(10);

/// Whether the sweep's rules let its runs on this device.
[[nodiscard]] bool allows(const SweepRules& rules, const std::string& device);

/// The devices that the sweep may use, whether or not a worker is there; empty: none is known.
[[nodiscard]] std::vector<std::string> devices_of(SchedulerBook& book, const Sweep& sweep);

/// Each of the sweep's devices is in quarantine, and none of them is to be tried now.
[[nodiscard]] bool has_only_sick_devices(SchedulerBook& book, const Sweep& sweep);

/// One of the sweep's devices works, as far as is known.
[[nodiscard]] bool has_a_sound_device(SchedulerBook& book, const Sweep& sweep);

/// One look over the free slots.
class Choice {
 public:
  /// `trials`: runs that try devices in quarantine, and nothing else.
  enum class For { all, trials };

  Choice(SchedulerBook& book, Moment now) : book_(book), now_(now) {}

  /// The least busy worker that may take the run, on a sound device if one is free; null: none.
  [[nodiscard]] Worker* worker_for(const Sweep& sweep, const Run& run, For what);
  /// The run needs room that no device has now: one of them is emptied for it.
  void make_room_for(const Sweep& sweep, const Run& run);
  /// Whether a sound worker of the sweep is free, and what it shares with others is taken.
  [[nodiscard]] bool is_short_of_its_share(const Sweep& sweep);
  /// Those whose turn comes later are to take nothing more of what a run of this one needs its
  /// share of.
  void keep_shares_for(const Sweep& sweep);

 private:
  [[nodiscard]] bool may_take(const Sweep& sweep, const Run& run, const Device& device, For what);
  [[nodiscard]] bool is_to_go_elsewhere(const Sweep& sweep,
                                        const Setbacks& setbacks,
                                        const Device& device);
  [[nodiscard]] bool has_room_for(const Setbacks* setbacks, const Device& device);

  /// Of what runs on a device share, from 0 to 1.
  struct Taken {
    std::int64_t runs = 0;
    double by_all = 0;
    double by_other_sweeps = 0;
  };

  [[nodiscard]] Taken taken_beside(const Sweep& sweep, const Device& device);
  [[nodiscard]] bool has_share_for(const Sweep& sweep, const Device& device);
  [[nodiscard]] bool is_kept_from(const Sweep& sweep, const Device& device) const;

  SchedulerBook& book_;
  Moment now_;
  std::set<std::string> being_emptied_;
  std::set<std::string> kept_pools_;
};

}  // namespace tarama::scheduling
