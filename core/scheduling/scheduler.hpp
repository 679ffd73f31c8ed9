// The scheduler: which run goes to which worker, and what a loss, a failure, a pause or a
// cancellation means. A pure state machine: `handle(event, now)` gives the effects, in order;
// the service commits all Persist effects in one transaction and only then acts on the others.
// `restore` rebuilds it from the store's rows. No I/O, no clock, no threads.
#pragma once

#include "core/scheduling/device_health.hpp"
#include "core/scheduling/lease.hpp"
#include "core/scheduling/moment.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/run_standing.hpp"
#include "core/sweep/run_state.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarama {

// ---- what the scheduler knows of a sweep and a run ------------------------------------------

/// Of a sweep, from its negative to itself: further steps would not be felt.
inline constexpr std::int64_t most_priority = 1'000;

/// The rules of one sweep that matter to scheduling.
struct SweepRules {
  std::int64_t max_concurrent = 0;  // 0: no limit
  std::int64_t max_restarts = 2;    // attempts beyond the first that a failure may cost
  std::int64_t priority = 0;        // its weight among other sweeps: weight_of, scheduler_turns.hpp
  std::optional<std::chrono::milliseconds> time_limit{};  // of one attempt's running time
  std::vector<std::string> devices{};  // only workers on these; empty: any. Of the machine as it
                                       // is now, so never stored
  /// How much of what its device's runs share, from 0 to 1, one of its runs takes: of the memory
  /// that all workers on cores have, or of a GPU's places. By name of `devices`; those that are
  /// missing take nothing. Not stored.
  std::map<std::string, double> shares{};
  std::string no_place{};     // why there is no device for it now, for a person; not stored
  bool is_searching = false;  // its search may still add runs: it is not over when its runs are.
                              // Follows from the store's other rows

  friend bool operator==(const SweepRules&, const SweepRules&) = default;
};

/// A run as the store has it; also how a new one is handed over.
struct RunRecord {
  RunId run;
  std::int64_t replicate = 0;      // from 0
  std::int64_t planned_steps = 0;  // its length, for the order of runs
  RunStanding standing{};
  RunId begins_as{};  // a shorter run of the sweep that is its beginning, bit by bit; 0: none, or
                      // not looked for. Follows from the levels, so never stored
  double rank = 0;    // by the sweep's `order` (core/search/run_rank.hpp); not stored either

  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

struct SweepRecord {
  SweepId sweep;
  SweepState state = SweepState::running;
  SweepRules rules;
  std::vector<RunRecord> runs;
  std::string pause_reason{};  // of a pause that nobody asked for
};

// ---- events -----------------------------------------------------------------------------------

struct SweepSubmitted {
  SweepRecord record;
};  // already durable in the store

struct RunsAdded {
  SweepId sweep;
  std::vector<RunRecord> runs;
};  // `extend`; already durable

struct RulesChanged {
  SweepId sweep;
  SweepRules rules;
};

/// The sweep has another `order`: the ranks of its runs, those that are missing have none.
struct RanksChanged {
  SweepId sweep;
  std::map<RunId, double> ranks;
};

struct WorkerJoined {
  WorkerId worker;
  std::string device;
  std::int64_t slots = 1;
  std::string session{};  // its identity, for the rows of its attempts
};

/// How many attempts it may have at once from now on. Where it has more, nothing is cut short: it
/// gets nothing further until it has fewer.
struct SlotsSet {
  WorkerId worker;
  std::int64_t slots = 1;
};

struct WorkerLost {
  WorkerId worker;
  FailureClass why = FailureClass::crashed;
  std::string message{};
  int signal = 0;  // that ended its process and that we have not sent; 0: none
};

/// Its stream broke; it may come back. Until then it gets nothing more.
struct WorkerAway {
  WorkerId worker;
};

/// An attempt that a worker has at hand.
struct HeldAttempt {
  RunId run;
  Attempt attempt;
  std::optional<std::int64_t> first_step{};  // nullopt: it has not started
  std::chrono::milliseconds running{};       // since it started, on the worker's clock
  RunId from_run{};                          // as in RunStarted
  std::int64_t from_step = 0;

  friend bool operator==(const HeldAttempt&, const HeldAttempt&) = default;
};

/// It speaks again, with what it holds. What it should hold and does not was lost on the way and is
/// assigned again, under the same number; what it should not hold is to be dropped.
struct WorkerReturned {
  WorkerId worker;
  std::int64_t slots = 1;
  std::vector<HeldAttempt> attempts{};
};

/// How far an attempt is; see ProgressWatch.
struct AttemptSigns {
  RunId run;
  Attempt attempt;
  std::int64_t signs = 0;
  std::int64_t steps = 0;
  std::chrono::milliseconds
      trained{};  // on the worker's clock, which its limit is held to; 0: not said
};

struct Heartbeat {
  WorkerId worker;
  std::vector<AttemptSigns> attempts{};
};

struct RunStarted {
  WorkerId worker;
  RunId run;
  Attempt attempt;
  std::int64_t first_step = 0;
  // The run whose state it goes on from, and how many steps that had trained; 0: none.
  RunId from_run{};
  std::int64_t from_step = 0;
};

struct RunFinished {
  WorkerId worker;
  RunId run;
  Attempt attempt;
  AttemptEnd end = AttemptEnd::succeeded;
  FailureClass failure = FailureClass::exited;  // of `failed`
  std::string message{};
  bool had_own_process = false;  // a program: what ended it has left its worker as it was
};

/// The attempt has made a step that no earlier one had made. Said once of an attempt.
struct RunAdvanced {
  WorkerId worker;
  RunId run;
  Attempt attempt;
};

/// The store knows of a quarantine that an earlier orchestrator began: a run tries the device.
struct QuarantineKnown {
  std::string device;
  TimePoint began_at;
  std::string reason{};
  std::int64_t failed_tries = 0;
};

/// `run` empty: the whole sweep, whose state is cancelled from then on, durably; its SweepEnded
/// follows when the last run has ended. Was none cut short, it ends as finished after all.
struct CancelAsked {
  SweepId sweep;
  std::optional<RunId> run;
};

struct PauseAsked {
  SweepId sweep;
  std::optional<RunId> run;
};  // running ones stop resumably; a run paused by itself stays so when its sweep is resumed

struct ResumeAsked {
  SweepId sweep;
  std::optional<RunId> run;
};

struct RetryAsked {
  enum class Which { failed_and_cancelled, failed };

  SweepId sweep;
  std::optional<RunId> run;                   // this one, whatever its end was, unless it succeeded
  Which which = Which::failed_and_cancelled;  // of a whole sweep
};

/// A search method, or a rule of the sweep, gives the run up: its end is `stopped`, however the
/// attempt at hand ends; with what has been reported, that was decided.
struct EndEarlyAsked {
  SweepId sweep;
  RunId run;
  std::string message{};  // why, for a person
};

struct DrainAsked {};  // hand out nothing more; stop what runs, resumably

struct Tick {};  // time passed: leases and time limits

using Event = std::variant<SweepSubmitted,
                           RunsAdded,
                           RulesChanged,
                           RanksChanged,
                           WorkerJoined,
                           SlotsSet,
                           WorkerLost,
                           WorkerAway,
                           WorkerReturned,
                           Heartbeat,
                           RunStarted,
                           RunFinished,
                           RunAdvanced,
                           QuarantineKnown,
                           CancelAsked,
                           PauseAsked,
                           ResumeAsked,
                           RetryAsked,
                           EndEarlyAsked,
                           DrainAsked,
                           Tick>;

// ---- effects ----------------------------------------------------------------------------------

/// The run's row, as it must stand in the store.
struct PersistRun {
  RunId run;
  RunStanding standing{};

  friend bool operator==(const PersistRun&, const PersistRun&) = default;
};

/// A new attempt, its start, or its end; the store merges what is set.
struct PersistAttempt {
  RunId run;
  Attempt attempt;
  std::optional<WorkerId> worker;        // set when leased
  std::optional<std::string> session{};  // of that worker; set when leased
  std::optional<std::string> device;     // set when leased
  std::optional<TimePoint> leased_at;
  std::optional<TimePoint> started_at;  // with first_step
  std::optional<std::int64_t> first_step;
  std::optional<TimePoint> ended_at;   // with outcome
  std::optional<std::string> outcome;  // succeeded, stopped, cancelled, or a failure class's name
  std::optional<std::string> message;
  // Where its first state came from, if it is another run's (common beginnings are trained once).
  std::optional<RunId> from_run{};
  std::optional<std::int64_t> from_step{};

  friend bool operator==(const PersistAttempt&, const PersistAttempt&) = default;
};

struct PersistSweep {
  SweepId sweep;
  SweepState state = SweepState::running;
  std::string pause_reason{};  // of a pause that nobody asked for

  friend bool operator==(const PersistSweep&, const PersistSweep&) = default;
};

/// A device's quarantine as it stands, named by device and beginning.
struct PersistQuarantine {
  std::string device;
  TimePoint began_at;
  std::string reason{};  // for a person
  std::int64_t failed_tries = 0;
  std::optional<TimePoint> ended_at{};

  friend bool operator==(const PersistQuarantine&, const PersistQuarantine&) = default;
};

struct AssignRun {
  WorkerId worker;
  RunId run;
  Attempt attempt;
  RunId begins_with{};       // the run whose kept state it may go on from; 0: none
  bool keeps_state = false;  // others are to go on from its own

  friend bool operator==(const AssignRun&, const AssignRun&) = default;
};

/// Ask the worker to end this attempt after its current step. It answers with RunFinished.
struct StopRun {
  WorkerId worker;
  RunId run;
  Attempt attempt;
  StopCause cause = StopCause::cancelled;

  friend bool operator==(const StopRun&, const StopRun&) = default;
};

/// Nobody waits for this attempt any more: the worker is to end and forget it.
struct DropAttempt {
  WorkerId worker;
  RunId run;
  Attempt attempt;

  friend bool operator==(const DropAttempt&, const DropAttempt&) = default;
};

/// The worker does not answer, or does not stop in time: end its process. WorkerLost follows.
struct KillWorker {
  WorkerId worker;
  FailureClass why = FailureClass::hung;
  std::string message;

  friend bool operator==(const KillWorker&, const KillWorker&) = default;
};

/// Nothing of the sweep is left to do: every run is terminal. Said once per ending.
struct SweepEnded {
  SweepId sweep;

  friend bool operator==(const SweepEnded&, const SweepEnded&) = default;
};

using Effect = std::variant<PersistRun,
                            PersistAttempt,
                            PersistSweep,
                            PersistQuarantine,
                            AssignRun,
                            StopRun,
                            DropAttempt,
                            KillWorker,
                            SweepEnded>;
using Effects = std::vector<Effect>;

// ---- questions --------------------------------------------------------------------------------

/// planned = pending + leased + running + succeeded + stopped + failed + cancelled, always;
/// a run that is `cancelling` counts as running.
struct Account {
  std::int64_t planned = 0;
  std::int64_t pending = 0;
  std::int64_t leased = 0;
  std::int64_t running = 0;
  std::int64_t succeeded = 0;
  std::int64_t stopped = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;

  friend bool operator==(const Account&, const Account&) = default;
};

/// Why runs of a sweep are pending, for a person.
struct Waiting {
  std::string reason;
  std::int64_t runs = 0;
  RunId example;
  std::optional<std::chrono::milliseconds> until{};  // awake; nullopt: not for a time

  friend bool operator==(const Waiting&, const Waiting&) = default;
};

/// An attempt that a session had at hand, as the store knows it.
struct RestoredAttempt {
  RunId run;
  Attempt attempt;
  bool has_started = false;

  friend bool operator==(const RestoredAttempt&, const RestoredAttempt&) = default;
};

/// A session that the store knows.
struct RestoredWorker {
  WorkerId worker;
  std::string device;
  std::string session;
  std::vector<RestoredAttempt> attempts;
};

/// What workers are on.
struct DeviceView {
  std::string device;
  DeviceHealth::State health = DeviceHealth::State::healthy;
  std::optional<Quarantine> quarantine{};
  std::optional<RunId> run_on_trial{};
  std::int64_t workers = 0;
  std::int64_t runs = 0;  // at work on it
};

class Scheduler {
 public:
  Scheduler();
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;

  /// As after a crash: `workers` are away, and may come back with the attempts that they have at
  /// hand. Runs that were leased or running with none of them become pending again (their attempts
  /// end as `lost`, which costs no restart), cancelling ones cancelled. The effects are to be
  /// persisted before anything else.
  [[nodiscard]] static Scheduler restore(std::vector<SweepRecord> sweeps,
                                         Moment now,
                                         Effects& effects,
                                         const std::vector<RestoredWorker>& workers = {});

  /// How long a worker may be away (return_time).
  void set_return_time(std::chrono::milliseconds time);

  /// What is to be done about `event`. What carries an old attempt, or an unknown id, gives no
  /// effects.
  [[nodiscard]] Effects handle(const Event& event, Moment now);

  /// Lets an ended sweep go, with its runs: memory does not grow with history. It may be submitted
  /// again, as the store has it.
  void let_go(SweepId sweep);

  [[nodiscard]] std::vector<SweepId> sweeps() const;
  [[nodiscard]] std::vector<SweepId> open_sweeps() const;  // not ended
  [[nodiscard]] Account account(SweepId sweep) const;      // all 0 for an unknown sweep
  [[nodiscard]] std::optional<SweepState> state(SweepId sweep) const;
  /// Since none of its devices works, and not by anybody's wish.
  [[nodiscard]] bool is_paused_by_itself(SweepId sweep) const;
  [[nodiscard]] std::optional<RunRecord> run(RunId run) const;
  [[nodiscard]] std::vector<Waiting> waiting(SweepId sweep) const;
  /// Pending runs of the sweep that were paused by themselves.
  [[nodiscard]] std::vector<RunId> held_runs(SweepId sweep) const;
  [[nodiscard]] std::vector<DeviceView> devices() const;  // by name
  /// Of the sweep's runs that wait for another device than those where they failed, the first few:
  /// these devices of each.
  [[nodiscard]] std::vector<std::vector<std::string>> shunned_devices(SweepId sweep) const;
  /// The next moment, awake, at which time alone makes something happen: a limit of a run is over,
  /// or its rest. nullopt: none.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_alarm() const;
  /// What the worker works on now; empty: idle or unknown.
  [[nodiscard]] std::vector<AssignRun> assignments(WorkerId worker) const;
  /// How many attempts it may have at once; 0: unknown.
  [[nodiscard]] std::int64_t slots_of(WorkerId worker) const;
  /// Of these runs that are over, and of those that they begin as: whose kept state is needed no
  /// more.
  [[nodiscard]] std::vector<RunId> unneeded_states(const std::vector<RunId>& ended) const;
  /// Whether a run that is not over may still go on from this one's state.
  [[nodiscard]] bool is_state_needed(RunId run) const;
  /// No run is leased, running or cancelling: after DrainAsked, it is time to go.
  [[nodiscard]] bool is_quiet() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarama
