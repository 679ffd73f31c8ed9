// What the scheduler knows, with its counters and sets kept true at every move. Private to the
// scheduler: the only place where a run's or a sweep's state is assigned.
#pragma once

#include "core/scheduling/alike_failures.hpp"
#include "core/scheduling/beginnings.hpp"
#include "core/scheduling/device_health.hpp"
#include "core/scheduling/progress_watch.hpp"
#include "core/scheduling/run_order.hpp"
#include "core/scheduling/scheduler.hpp"
#include "core/scheduling/setbacks.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tarama::scheduling {

struct Run {
  RunRecord record;
  SweepId sweep;

  // Of the attempt at hand, while leased, running or cancelling:
  WorkerId worker;
  std::optional<std::chrono::milliseconds> started_at;  // awake, as the next one
  std::optional<StopCause> stop;                        // why the worker was asked to end it
  std::chrono::milliseconds stop_asked_at{};
  std::string given_up_since{};  // why it is ended early
  ProgressWatch watch;
  bool was_put_back = false;  // after a crash: what its worker was asked before is not known
  bool has_advanced = false;  // it has made a step that no earlier attempt had
};

struct Sweep {
  SweepId id;
  SweepState state = SweepState::running;
  std::string pause_reason;  // of a pause that nobody asked for
  SweepRules rules;
  Account account;
  std::vector<RunId> runs;
  std::set<RunOrder> ready;     // pending, to be handed out in this order
  std::set<RunOrder> choosy;    // pending, and not to be handed to every worker; before the others
  std::set<RunOrder> resting;   // pending, and not to be handed out before their time
  std::set<RunOrder> awaiting;  // pending, while another run trains their beginning
  std::set<RunOrder> held;      // pending, but paused one by one
  std::set<RunId> active;       // leased, running or cancelling
  // Of its turns among others (scheduler_turns.hpp):
  double served = 0;            // seconds of its runs at work, for its weight
  bool is_in_turn = false;      // it has something to do
  std::int64_t handed_out = 0;  // attempts
  std::chrono::duration<double> time_at_work{};
  bool has_ended = false;              // every run is terminal, and SweepEnded was said
  std::int64_t full_disks_in_row = 0;  // attempts; see retry_policy.hpp
  AlikeFailures alike{};
  // Awake, paused since the disk is full or its runs fail alike:
  std::optional<std::chrono::milliseconds> rests_until{};

  /// Paused because no device works, say, and not by anybody's wish.
  [[nodiscard]] bool is_paused_by_itself() const {
    return state == SweepState::paused && !pause_reason.empty();
  }
};

struct Worker {
  WorkerId id;
  std::string device;
  std::int64_t slots = 1;
  std::string session;                    // its identity, for the attempts' rows
  std::chrono::milliseconds last_beat{};  // awake; while it is away, since when
  bool is_away = false;                   // without a stream, or not heard of since a restart
  bool is_doomed = false;                 // KillWorker was said: it gets nothing more
  bool is_leaving = false;                // it ends by itself: it gets nothing more either
  std::optional<std::chrono::milliseconds> must_leave_since{};  // or it is killed
  std::optional<std::int64_t> beside_at_failure{};  // once its device failed: the other runs then
  std::optional<RunId> killed_for{};                // it is doomed for this one of its runs
  std::set<RunId> runs;
};

/// What workers are on, by its name; known from the first worker on.
struct Device {
  std::string name;
  std::set<RunId> runs{};  // at work on it
  DeviceHealth health{};
};

/// A worker with a free slot: the least busy first, so that runs spread over devices.
using IdleWorker = std::pair<std::int64_t, WorkerId>;

/// Invariants: a run is in exactly one of its sweep's sets, or terminal; accounts and
/// `active_runs` are the counts of the states; `idle` holds every worker with a free slot that
/// is neither doomed nor leaving nor away.
class SchedulerBook {
 public:
  // ---- looking up; null: unknown ----
  [[nodiscard]] Sweep* sweep(SweepId id);
  [[nodiscard]] Run* run(RunId id);
  [[nodiscard]] Worker* worker(WorkerId id);
  [[nodiscard]] Sweep& sweep_of(const Run& run);
  /// The run if it belongs to the sweep.
  [[nodiscard]] Run* run_of(SweepId sweep, RunId id);

  [[nodiscard]] const std::map<SweepId, Sweep>& sweeps() const { return sweeps_; }

  [[nodiscard]] std::map<WorkerId, Worker>& workers() { return workers_; }

  /// Every run of it is terminal: it, its runs and all that is known of them are let go.
  void remove_sweep(SweepId id);

  [[nodiscard]] const std::set<SweepId>& open_sweeps() const { return open_sweeps_; }

  [[nodiscard]] const std::set<IdleWorker>& idle() const { return idle_; }

  [[nodiscard]] const std::set<RunId>& active_runs() const { return active_runs_; }

  [[nodiscard]] std::map<std::string, Device>& devices() { return devices_; }

  /// null: unknown.
  [[nodiscard]] Device* device(const std::string& name);
  /// Known from now on.
  Device& add_device(const std::string& name);
  /// Of a run that is at work.
  [[nodiscard]] Device& device_of(const Run& run);

  // ---- what runs have gone through ----
  /// null: nothing.
  [[nodiscard]] const Setbacks* setbacks_of(RunId run) const;
  /// To be changed, of a run that is not pending.
  [[nodiscard]] Setbacks& setbacks_to_note(const Run& run);
  void forget_setbacks(const Run& run);
  /// Runs that have rested long enough are handed out again.
  void wake(std::chrono::milliseconds awake);
  /// When the next one has; nullopt: none rests.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_waking() const;

  // ---- sweeps and runs ----
  /// Knows the sweep, without runs.
  Sweep& add_sweep(SweepId id, SweepState state, const SweepRules& rules);
  /// Takes the record as it is; a run that is known already is left alone.
  void add_run(Sweep& sweep, const RunRecord& record);
  /// Ties runs that were added to those that they begin as.
  void tie(Sweep& sweep, const std::vector<RunRecord>& records);
  /// Gives all its runs other ranks.
  void rank(Sweep& sweep, const std::map<RunId, double>& ranks);
  /// The one way to change a run's state: may_move must allow it. Says PersistRun, and ends the
  /// sweep with the last of its runs. A terminal run is not held. Set the record's other fields
  /// before.
  void move(Run& run, RunState to, Effects& effects);
  /// Held or not; says PersistRun if that changes anything.
  void hold(Run& run, Effects& effects);
  void release_hold(Run& run, Effects& effects);
  /// Says PersistSweep. `reason`: of a pause that nobody asked for.
  void set_state(Sweep& sweep, SweepState state, Effects& effects, const std::string& reason = {});

  /// A sweep that is asked to be cancelled: what is still active may end it differently.
  void mark_cancelled(Sweep& sweep) { sweep.state = SweepState::cancelled; }

  /// A sweep that was over has runs to do again: running. Else nothing.
  void reopen(Sweep& sweep, Effects& effects);
  /// Says PersistSweep and SweepEnded if every run is terminal, its search adds no more, and it was
  /// not said before.
  void end_if_done(Sweep& sweep, Effects& effects);
  /// The sweep's end was said in an earlier life.
  void mark_ended(Sweep& sweep);

  // ---- workers ----
  void add_worker(const WorkerJoined& joined, Moment now);
  void remove_worker(WorkerId id);
  /// Away: it gets nothing more until it is back.
  void set_away(Worker& worker, Moment now);
  void set_back(Worker& worker, std::int64_t slots, Moment now);
  void set_slots(Worker& worker, std::int64_t slots);
  void doom(Worker& worker);
  void see_leaving(Worker& worker);
  /// The run occupies a slot of the worker.
  void occupy(Run& run, Worker& worker);
  /// The run's attempt is over: its slot is free.
  void vacate(Run& run);

  [[nodiscard]] Beginnings& beginnings() { return beginnings_; }

  bool is_draining = false;
  std::chrono::milliseconds turns_counted_at{};  // awake
  std::chrono::milliseconds return_time = tarama::return_time;

 private:
  [[nodiscard]] std::set<RunOrder>& pending_set(Sweep& sweep, const Run& run);
  void enter_set(Sweep& sweep, const Run& run);
  void leave_set(Sweep& sweep, const Run& run);
  void file(Sweep& sweep, const Run& run);
  void unfile(Sweep& sweep, const RunOrder& order);
  [[nodiscard]] std::set<RunOrder> unfile_all(Sweep& sweep);
  void refile_touched(Sweep& sweep, const Run& run);
  void update_idle(const Worker& worker, std::int64_t busy_before);

  std::map<SweepId, Sweep> sweeps_;
  std::set<SweepId> open_sweeps_;  // not ended
  std::unordered_map<RunId, Run> runs_;
  Beginnings beginnings_{[this](RunId id) { return run(id); }};
  std::set<RunId> active_runs_;
  std::map<WorkerId, Worker> workers_;
  std::set<IdleWorker> idle_;
  std::map<std::string, Device> devices_;
  std::unordered_map<RunId, Setbacks> setbacks_;
  std::set<std::pair<std::chrono::milliseconds, RunId>> wakings_;  // of the runs that rest
};

/// Running or paused: its pending runs are still to be done.
[[nodiscard]] constexpr bool is_going_on(SweepState state) {
  return state == SweepState::running || state == SweepState::paused;
}

/// The run's row as it stands now.
[[nodiscard]] PersistRun row_of(const Run& run);

[[nodiscard]] constexpr bool is_active(RunState state) {
  return state == RunState::leased || state == RunState::running || state == RunState::cancelling;
}

}  // namespace tarama::scheduling

/// What is behind a scheduler's face.
struct tarama::Scheduler::State : tarama::scheduling::SchedulerBook {};
