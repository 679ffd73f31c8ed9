// What others ask of the scheduler; nothing here changes it.
#include "core/scheduling/scheduler.hpp"
#include "core/scheduling/scheduler_book.hpp"
#include "core/scheduling/scheduler_handout.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tarama {

using namespace scheduling;

std::vector<SweepId> Scheduler::sweeps() const {
  std::vector<SweepId> ids;
  for (const auto& [id, sweep] : state_->sweeps()) {
    ids.push_back(id);
  }
  return ids;
}

Account Scheduler::account(SweepId sweep) const {
  const Sweep* const known = state_->sweep(sweep);
  return known != nullptr ? known->account : Account{};
}

std::optional<SweepState> Scheduler::state(SweepId sweep) const {
  const Sweep* const known = state_->sweep(sweep);
  return known != nullptr ? std::optional(known->state) : std::nullopt;
}

bool Scheduler::is_paused_by_itself(SweepId sweep) const {
  const Sweep* const known = state_->sweep(sweep);
  return known != nullptr && known->is_paused_by_itself();
}

std::optional<RunRecord> Scheduler::run(RunId run) const {
  const Run* const known = state_->run(run);
  return known != nullptr ? std::optional(known->record) : std::nullopt;
}

std::vector<Waiting> Scheduler::waiting(SweepId sweep) const {
  const Sweep* const known = state_->sweep(sweep);
  return known != nullptr ? reasons_to_wait(*state_, *known) : std::vector<Waiting>{};
}

std::vector<RunId> Scheduler::held_runs(SweepId sweep) const {
  std::vector<RunId> runs;
  if (const Sweep* const known = state_->sweep(sweep)) {
    for (const RunOrder& held : known->held) {
      runs.push_back(held.run);
    }
  }
  return runs;
}

std::vector<AssignRun> Scheduler::assignments(WorkerId worker) const {
  std::vector<AssignRun> assignments;
  if (const Worker* const known = state_->worker(worker)) {
    for (const RunId id : known->runs) {
      assignments.push_back({worker, id, state_->run(id)->record.standing.attempt});
    }
  }
  return assignments;
}

std::int64_t Scheduler::slots_of(WorkerId worker) const {
  const Worker* const known = state_->worker(worker);
  return known != nullptr ? known->slots : 0;
}

std::vector<DeviceView> Scheduler::devices() const {
  std::vector<DeviceView> views;
  for (const auto& [name, device] : state_->devices()) {
    const auto workers = std::ranges::count_if(
        state_->workers(), [&](const auto& entry) { return entry.second.device == name; });
    views.push_back({.device = name,
                     .health = device.health.state(),
                     .quarantine = device.health.quarantine(),
                     .run_on_trial = device.health.run_on_trial(),
                     .workers = workers,
                     .runs = static_cast<std::int64_t>(device.runs.size())});
  }
  return views;
}

std::vector<std::vector<std::string>> Scheduler::shunned_devices(SweepId sweep) const {
  constexpr std::size_t enough = 16;  // as many as a machine has devices
  std::vector<std::vector<std::string>> shunned;
  if (const Sweep* const known = state_->sweep(sweep)) {
    for (const RunOrder& order : known->choosy) {
      const Setbacks& setbacks = *state_->setbacks_of(order.run);
      if (!setbacks.failed_on.empty() && shunned.size() < enough) {
        shunned.emplace_back(setbacks.failed_on.begin(), setbacks.failed_on.end());
      }
    }
  }
  return shunned;
}

std::optional<std::chrono::milliseconds> Scheduler::next_alarm() const {
  auto next = state_->next_waking();
  for (const RunId id : state_->active_runs()) {
    const Run& run = *state_->run(id);
    const auto& limit = state_->sweep_of(run).rules.time_limit;
    if (!run.stop && limit && run.started_at) {
      // Over is what is longer, if only by the least that the clock tells.
      const auto over = *run.started_at + *limit + std::chrono::milliseconds(1);
      next = std::min(next.value_or(over), over);
    }
  }
  return next;
}

std::vector<SweepId> Scheduler::open_sweeps() const {
  return {state_->open_sweeps().begin(), state_->open_sweeps().end()};
}

std::vector<RunId> Scheduler::unneeded_states(const std::vector<RunId>& ended) const {
  return state_->beginnings().unneeded_since(ended);
}

bool Scheduler::is_state_needed(RunId run) const {
  return state_->beginnings().is_needed(run);
}

bool Scheduler::is_quiet() const {
  return state_->active_runs().empty();
}

}  // namespace tarama
