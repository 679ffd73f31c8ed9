// A world around a scheduler for property tests: a store that keeps what it is told to, and
// workers that answer late, twice, out of order, or die. After every event it checks what must
// always hold; RC_ASSERT fails the property.
#pragma once

#include "core/scheduling/scheduler.hpp"

#include <cstdint>
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
  };

  struct WorkerProcess {
    std::int64_t slots = 1;
    std::map<RunId, Task> tasks;
    bool is_away = false;              // the scheduler has not heard of it since a crash
    std::vector<RunFinished> unheard;  // ends that it could not report
  };

  struct AtWork {
    WorkerId worker;
    Attempt attempt;
  };

  // ---- the scheduler and its effects ----
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
  void note_rests(const Event& event, const Effects& effects);

  // ---- what may happen ----
  void join(std::uint8_t choice);
  void die(WorkerId worker, FailureClass why);
  void come_back(std::uint8_t choice);
  void kill_one(std::uint8_t choice);
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
  TimePoint now_{1'000};
  std::map<SweepId, SweepRecord> store_;
  std::map<RunId, SweepId> sweep_of_;
  std::map<SweepId, int> ends_;
  std::map<WorkerId, WorkerProcess> alive_;
  std::set<std::pair<RunId, Attempt>> started_;
  std::map<RunId, AtWork> at_work_;  // handed out, their end not yet stored
  std::map<WorkerId, std::string> device_of_;
  std::map<RunId, TimePoint> rests_until_;
  std::map<std::string, PersistQuarantine> quarantines_;  // those that go on
  std::vector<Event> in_flight_;
  std::vector<Event> delivered_;
  std::int64_t last_worker_ = 0;
  std::int64_t last_run_ = 0;
};

}  // namespace tarama::test
