// A world around a scheduler for property tests: a store that commits what it is told to later than
// it was decided, and acts behind that; workers on several devices that answer late, twice, out of
// order, lose their stream, or die; checkpoints from which later attempts go on; a machine that
// sleeps, and clocks that are set. After every event it checks what must always hold; RC_ASSERT
// fails the property.
#pragma once

#include "core/scheduling/scheduler.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tarama::test {

/// How attempts end that nobody stopped: any way at all, or always the same for one run.
enum class Outcomes { any, by_run };

class World {
 public:
  explicit World(Outcomes outcomes) : outcomes_(outcomes) {}

  /// Does one of some twenty things; which and to whom is drawn from the two numbers.
  void act(std::uint8_t what, std::uint8_t whom);
  /// As `act`, but nothing that a user asks.
  void act_without_user(std::uint8_t what, std::uint8_t whom);

  void submit(std::uint8_t choice);
  void crash_and_restore();
  /// The workers outlive the crash, and come back one by one.
  void crash_and_adopt();
  void tell_of_quarantines();
  /// From here on nothing goes wrong and nobody interferes: everything must come to its end.
  void end_everything();

  [[nodiscard]] std::set<RunId> runs_in(RunState state) const;

 private:
  struct Task {
    Attempt attempt;
    bool has_started = false;
    bool is_to_stop = false;
    bool has_advanced = false;
    std::int64_t first_step = 0;
  };

  struct WorkerProcess {
    std::int64_t slots = 1;
    std::size_t had = 0;  // attempts, after the event before: where slots became fewer, they stay
    std::map<RunId, Task> tasks;
    bool is_away = false;                             // without a stream
    std::vector<RunFinished> unheard;                 // ends that it could not report
    std::vector<RunFinished> said;                    // ends that nobody has acknowledged yet
    std::set<std::pair<RunId, Attempt>> early_stops;  // of attempts that are not handed out yet
  };

  struct AtWork {
    WorkerId worker;
    Attempt attempt;
  };

  /// What rows say: those that are decided, which the scheduler goes by, and those that are
  /// committed, which are left after a crash.
  struct Rows {
    std::map<SweepId, SweepRecord> sweeps;
    std::set<std::pair<RunId, Attempt>> started;
    std::map<RunId, AtWork> at_work;                       // handed out, their end not yet stored
    std::map<std::string, PersistQuarantine> quarantines;  // those that go on
  };

  /// Decided about one event: its transaction is under way, and what follows it waits.
  struct UnderWay {
    Rows rows;
    std::vector<AssignRun> hand_outs;
    std::vector<RunFinished> acknowledged;
  };

  // ---- the scheduler and its effects ----
  [[nodiscard]] Moment now() const { return {wall_, awake_}; }

  Effects give(const Event& event);
  void give_what_changes_nothing(const Event& event);
  void apply(const Effects& effects);
  void apply(const PersistRun& row);
  void apply(const PersistAttempt& row);
  void apply(const PersistSweep& row);
  void apply(const PersistQuarantine& row);
  void apply(const AssignRun& assign);
  void apply(const StopRun& stop);
  void apply(const DropAttempt& drop);
  void apply(const KillWorker& kill);
  void apply(const SweepEnded& ended);
  void check() const;
  void check_sweep(const SweepRecord& record) const;
  void check_devices(const Effects& effects) const;
  void check_blame(const Event& event, const Effects& effects) const;

  // ---- between a decision and its commit ----
  /// The next transactions, `most` of them, are committed and acted on.
  void commit(std::size_t most);
  void commit_everything();
  void hand_out(const AssignRun& assign);
  void acknowledge(const RunFinished& end);
  void await_acknowledgement(const RunFinished& end);
  void forget_what_is_not_committed();
  void restart(const std::vector<RestoredWorker>& workers);
  void note_rests(const Event& event, const Effects& effects);

  // ---- what may happen ----
  void join(std::uint8_t choice);
  void set_slots(std::uint8_t choice);
  void note_attempts();
  void die(WorkerId worker, FailureClass why);
  void come_back(std::uint8_t choice);
  void kill_one(std::uint8_t choice);
  void cut_stream(std::uint8_t choice);
  void fall_asleep(std::uint8_t choice);
  void tick(std::uint8_t choice);
  void beat();
  void beat_if_there();
  void deliver(std::uint8_t choice);
  void deliver_again(std::uint8_t choice);
  void deliver_from_old_attempt(std::uint8_t choice);
  void work(std::uint8_t choice);
  void finish(WorkerId worker, RunId run, const Task& task, std::uint8_t choice);
  void ask(std::uint8_t what, std::uint8_t choice);
  void order(const Event& event);
  void check_retried(const RetryAsked& order, const SweepRecord& before) const;
  void change_rules(std::uint8_t choice);
  void extend(std::uint8_t choice);

  [[nodiscard]] RunRecord& stored_run(RunId run);
  [[nodiscard]] SweepRecord* pick_sweep(std::uint8_t choice);

  Outcomes outcomes_;
  Scheduler scheduler_;
  TimePoint wall_{1'000};
  std::chrono::milliseconds awake_{1'000};
  Rows decided_;
  Rows committed_;
  std::deque<UnderWay> under_way_;
  std::map<RunId, SweepId> sweep_of_;
  std::map<SweepId, int> ends_;
  std::map<WorkerId, WorkerProcess> alive_;
  std::map<RunId, std::int64_t> checkpoints_;  // the steps of each run that lie on disk
  std::map<WorkerId, std::string> device_of_;
  std::map<RunId, std::chrono::milliseconds> rests_until_;  // awake
  std::vector<Event> in_flight_;
  std::vector<Event> delivered_;
  std::int64_t last_worker_ = 0;
  std::int64_t last_run_ = 0;
};

}  // namespace tarama::test
