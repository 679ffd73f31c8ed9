// A machine of several devices around a scheduler: workers that beat, runs that fail there, and
// time that passes.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "tests/unit/core/scheduling/scheduler_fixture.hpp"

#include <map>
#include <string>
#include <vector>

namespace tarama::test {

/// Machines of several devices whose workers beat, and time that passes on them.
class Machine {
 public:
  explicit Machine(const std::vector<std::string>& devices, std::int64_t slots = 1) {
    for (const std::string& device : devices) {
      take(scheduler.handle(WorkerJoined{WorkerId{++last_worker_}, device, slots}, now()));
      device_of_[WorkerId{last_worker_}] = device;
    }
  }

  Effects take(Effects effects) {
    for (const Effect& effect : effects) {
      if (const auto* assigned = std::get_if<AssignRun>(&effect)) {
        at_work[assigned->run] = *assigned;
      }
    }
    return effects;
  }

  Effects give(const Event& event) { return take(scheduler.handle(event, now())); }

  /// Time that the process has lived through.
  Effects wait(std::chrono::milliseconds time) {
    awake_ += time;
    wall_ += time;
    Effects effects;
    for (const auto& [id, device] : device_of_) {
      Heartbeat beat{.worker = id};
      ++signs_;  // of every attempt
      for (const AssignRun& work : scheduler.assignments(id)) {
        beat.attempts.push_back({work.run, work.attempt, signs_, 0});
      }
      const Effects more = give(beat);
      effects.insert(effects.end(), more.begin(), more.end());
    }
    const Effects more = give(Tick{});
    effects.insert(effects.end(), more.begin(), more.end());
    return effects;
  }

  /// The same, while nobody beats.
  Effects pass(std::chrono::milliseconds time) {
    awake_ += time;
    wall_ += time;
    return give(Tick{});
  }

  /// Time that it has not.
  void fall_asleep(std::chrono::milliseconds time) { wall_ += time; }

  Effects fail(RunId id, FailureClass failure, bool had_own_process = false) {
    const AssignRun work = at_work.at(id);
    at_work.erase(id);
    return give(RunFinished{.worker = work.worker,
                            .run = id,
                            .attempt = work.attempt,
                            .end = AttemptEnd::failed,
                            .failure = failure,
                            .message = "why",
                            .had_own_process = had_own_process});
  }

  /// As of a program, whose process ends and leaves its worker as it was.
  Effects fail_program(RunId id, FailureClass failure) {
    return fail(id, failure, /*had_own_process=*/true);
  }

  Effects succeed(RunId id) {
    const AssignRun work = at_work.at(id);
    at_work.erase(id);
    return give(RunFinished{.worker = work.worker, .run = id, .attempt = work.attempt});
  }

  Effects lose(WorkerId id, FailureClass why, int signal = 0) {
    std::erase_if(at_work, [&](const auto& entry) { return entry.second.worker == id; });
    device_of_.erase(id);
    return give(WorkerLost{id, why, "gone", signal});
  }

  void join(const std::string& device) {
    device_of_[WorkerId{++last_worker_}] = device;
    give(WorkerJoined{WorkerId{last_worker_}, device, 1});
  }

  [[nodiscard]] std::string device_of(RunId id) const {
    const auto found = at_work.find(id);
    return found == at_work.end() ? "" : device_of_.at(found->second.worker);
  }

  [[nodiscard]] DeviceHealth::State health_of(const std::string& name) const {
    for (const DeviceView& view : scheduler.devices()) {
      if (view.device == name) {
        return view.health;
      }
    }
    return DeviceHealth::State::healthy;
  }

  [[nodiscard]] Moment now() const { return {after(wall_), awake_}; }

  Scheduler scheduler;
  std::map<RunId, AssignRun> at_work;

 private:
  std::int64_t signs_ = 0;
  std::chrono::milliseconds awake_{};
  std::chrono::milliseconds wall_{};
  std::int64_t last_worker_ = 0;
  std::map<WorkerId, std::string> device_of_;
};

}  // namespace tarama::test
