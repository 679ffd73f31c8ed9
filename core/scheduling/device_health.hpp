// Whether a device is to be given runs: after failures in a row that are not the runs' own it is
// in quarantine, and one run at a time, with growing waits between them, tries whether it works
// again. Pure: one device's memory, told what happens on it.
#pragma once

#include "core/scheduling/moment.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/run_state.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// One failure may be bad luck and two a coincidence. Each of another run: what a run does to
/// itself, it does again.
inline constexpr std::size_t failures_until_quarantine = 3;

/// Before the first try, the second, and so on; the last holds for all later ones. A device that is
/// back within a minute loses a minute; one that is broken costs a run's start each hour.
inline constexpr std::array<std::chrono::milliseconds, 4> quarantine_waits = {
    std::chrono::minutes(1),
    std::chrono::minutes(5),
    std::chrono::minutes(20),
    std::chrono::minutes(60)};

struct Quarantine {
  TimePoint began_at;
  std::string reason;                    // for a person
  std::int64_t failed_tries = 0;         // of runs that were to show that it works again
  std::chrono::milliseconds next_try{};  // awake

  friend bool operator==(const Quarantine&, const Quarantine&) = default;
};

class DeviceHealth {
 public:
  enum class State {
    healthy,
    quarantined,  // nothing is handed out to it
    due,          // one run may try it
    on_trial,     // and does
  };

  [[nodiscard]] State state() const { return state_; }

  /// nullopt: it is healthy.
  [[nodiscard]] const std::optional<Quarantine>& quarantine() const { return quarantine_; }

  [[nodiscard]] std::optional<RunId> run_on_trial() const { return run_on_trial_; }

  // ---- told ----
  /// A failure that may be the device's. Whether its quarantine began or went on with it.
  [[nodiscard]] bool failed(RunId run,
                            FailureClass failure,
                            const std::string& message,
                            Moment now);
  /// A run got through what it was to do, or trained for as long as shows that it can. Whether a
  /// quarantine ended with it.
  [[nodiscard]] bool worked();
  /// What `run` did here was its own doing after all: it has done the same elsewhere.
  void take_back(RunId run);
  /// The run that tries the device.
  void try_with(RunId run);
  /// The run on trial is over, and has shown nothing.
  void trial_ended(RunId run);
  /// Time passed.
  void look_at(std::chrono::milliseconds awake);
  /// Somebody says that it may work again: it is tried at once.
  void give_a_chance();
  /// A quarantine of an earlier life of the orchestrator. It is tried at once.
  void restore(Quarantine quarantine);

 private:
  void wait_for_next_try(std::chrono::milliseconds awake);

  State state_ = State::healthy;
  std::vector<RunId> failed_runs_;  // in a row, each another one
  std::optional<Quarantine> quarantine_;
  std::optional<RunId> run_on_trial_;
};

}  // namespace tarama
