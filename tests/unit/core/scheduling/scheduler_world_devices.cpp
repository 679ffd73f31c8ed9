// Devices in quarantine, and runs that rest after a failure, in the simulated world.
#include "tests/unit/core/scheduling/scheduler_world.hpp"

#include <map>
#include <rapidcheck.h>
#include <variant>

namespace tarama::test {

/// Nothing goes to a device in quarantine but the one run that tries it.
void World::check_devices(const Effects& effects) const {
  for (const Effect& effect : effects) {
    const auto* const assign = std::get_if<AssignRun>(&effect);
    for (const DeviceView& device : scheduler_.devices()) {
      if (assign != nullptr && device.device == device_of_.at(assign->worker)) {
        RC_ASSERT(device.health == DeviceHealth::State::healthy ||
                  device.run_on_trial == assign->run);
      }
    }
  }
}

/// What a program does on cores is held against nobody but its run.
void World::check_blame(const Event& event, const Effects& effects) const {
  const auto* const finished = std::get_if<RunFinished>(&event);
  if (finished == nullptr || !finished->had_own_process ||
      device_of_.at(finished->worker) != "cpu") {
    return;
  }
  for (const Effect& effect : effects) {
    const auto* const row = std::get_if<PersistQuarantine>(&effect);
    RC_ASSERT(row == nullptr || row->ended_at);
  }
}

/// A run that failed is not tried again within a second.
void World::note_rests(const Event& event, const Effects& effects) {
  const auto* const finished = std::get_if<RunFinished>(&event);
  const bool is_failure = std::holds_alternative<WorkerLost>(event) ||
                          (finished != nullptr && finished->end == AttemptEnd::failed);
  for (const Effect& effect : effects) {
    const auto* const row = std::get_if<PersistRun>(&effect);
    if (const auto* assign = std::get_if<AssignRun>(&effect)) {
      const auto rests = rests_until_.find(assign->run);
      RC_ASSERT(rests == rests_until_.end() || rests->second <= awake_);
      rests_until_.erase(assign->run);
    } else if (row != nullptr && row->standing.state == RunState::pending && is_failure) {
      rests_until_[row->run] = awake_ + std::chrono::seconds(1);
    } else if (row != nullptr && is_terminal(row->standing.state)) {
      rests_until_.erase(row->run);
    }
  }
}

void World::apply(const PersistQuarantine& row) {
  RC_ASSERT(!row.reason.empty());
  decided_.quarantines[row.device] = row;
  if (row.ended_at) {
    decided_.quarantines.erase(row.device);
  }
}

void World::tell_of_quarantines() {
  rests_until_.clear();
  for (const auto& [device, known] : std::map(decided_.quarantines)) {
    give(QuarantineKnown{device, known.began_at, known.reason, known.failed_tries});
  }
}

}  // namespace tarama::test
