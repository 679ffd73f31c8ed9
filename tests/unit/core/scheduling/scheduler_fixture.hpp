// Short words for scheduler tests: sweeps of few runs, workers, and the effects to expect.
#pragma once

#include "core/scheduling/scheduler.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <gmock/gmock.h>
#include <ostream>
#include <string>
#include <vector>

namespace tarama {

// What gtest prints when an expectation about effects fails.
struct EffectPrinter {
  std::ostream& out;

  void operator()(const PersistRun& row) const {
    const RunStanding& now = row.standing;
    out << "PersistRun{run " << row.run.value << ' ' << name_of(now.state) << " attempt "
        << now.attempt.value << " failed_attempts " << now.failed_attempts << ' '
        << (now.failure ? name_of(*now.failure) : "-") << " '" << now.message << '\''
        << (now.is_held ? " held" : "") << '}';
  }

  void operator()(const PersistAttempt& row) const {
    out << "PersistAttempt{run " << row.run.value << " attempt " << row.attempt.value << " outcome "
        << row.outcome.value_or("-") << " '" << row.message.value_or("-") << "'}";
  }

  void operator()(const PersistSweep& row) const {
    out << "PersistSweep{" << row.sweep.value << ' ' << name_of(row.state) << '}';
  }

  void operator()(const PersistQuarantine& row) const {
    out << "PersistQuarantine{" << row.device << ' ' << row.reason << ' ' << row.failed_tries
        << (row.ended_at ? " ended" : "") << '}';
  }

  void operator()(const AssignRun& assign) const {
    out << "AssignRun{worker " << assign.worker.value << " run " << assign.run.value << " attempt "
        << assign.attempt.value << '}';
  }

  void operator()(const StopRun& stop) const {
    out << "StopRun{worker " << stop.worker.value << " run " << stop.run.value << " attempt "
        << stop.attempt.value << ' ' << name_of(stop.cause) << '}';
  }

  void operator()(const DropAttempt& drop) const {
    out << "DropAttempt{worker " << drop.worker.value << " run " << drop.run.value << " attempt "
        << drop.attempt.value << '}';
  }

  void operator()(const KillWorker& kill) const {
    out << "KillWorker{" << kill.worker.value << ' ' << kill.message << '}';
  }

  void operator()(const SweepEnded& ended) const {
    out << "SweepEnded{" << ended.sweep.value << '}';
  }
};

inline void PrintTo(const Effect& effect, std::ostream* out) {
  std::visit(EffectPrinter{*out}, effect);
}

}  // namespace tarama

namespace tarama::test {

inline constexpr TimePoint noon{1'000'000};
inline constexpr SweepId sweep{1};
inline constexpr WorkerId worker{1};

inline TimePoint after(std::chrono::milliseconds time) {
  return {noon.milliseconds + time.count()};
}

/// Runs `first_run`, first_run + 1, ...: pending, one replicate, all of one length.
inline SweepRecord sweep_of(int runs,
                            SweepRules rules = {},
                            SweepId id = sweep,
                            int first_run = 1) {
  SweepRecord record;
  record.sweep = id;
  record.rules = std::move(rules);
  for (int run = 0; run < runs; ++run) {
    record.runs.push_back({.run = RunId{first_run + run}, .planned_steps = 10});
  }
  return record;
}

inline Scheduler with_sweep(const SweepRecord& record) {
  Scheduler scheduler;
  static_cast<void>(scheduler.handle(SweepSubmitted{record}, noon));
  return scheduler;
}

/// The sweep's first run is running on worker 1, as attempt 1.
inline Scheduler with_one_running(const SweepRecord& record) {
  Scheduler scheduler = with_sweep(record);
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon));
  static_cast<void>(scheduler.handle(RunStarted{worker, record.runs[0].run, Attempt{1}, 0}, noon));
  return scheduler;
}

/// What is sent, without what is stored.
inline Effects sent(const Effects& effects) {
  Effects rest;
  for (const Effect& effect : effects) {
    const bool is_stored = std::holds_alternative<PersistRun>(effect) ||
                           std::holds_alternative<PersistAttempt>(effect) ||
                           std::holds_alternative<PersistQuarantine>(effect) ||
                           std::holds_alternative<PersistSweep>(effect);
    if (!is_stored) {
      rest.push_back(effect);
    }
  }
  return rest;
}

inline RunFinished finished(RunId run, Attempt attempt, AttemptEnd end = AttemptEnd::succeeded) {
  RunFinished event;
  event.worker = worker;
  event.run = run;
  event.attempt = attempt;
  event.end = end;
  return event;
}

inline RunFinished failed(RunId run,
                          Attempt attempt,
                          FailureClass failure,
                          const std::string& message = "why") {
  RunFinished event = finished(run, attempt, AttemptEnd::failed);
  event.failure = failure;
  event.message = message;
  return event;
}

inline PersistRun row(RunId run, RunState state, Attempt attempt) {
  return {run, {.state = state, .attempt = attempt}};
}

inline PersistAttempt leased(RunId run, Attempt attempt, TimePoint at, WorkerId by = worker) {
  PersistAttempt row;
  row.run = run;
  row.attempt = attempt;
  row.worker = by;
  row.device = "cpu:0";
  row.leased_at = at;
  return row;
}

inline PersistAttempt ended(RunId run, Attempt attempt, TimePoint at, const std::string& outcome) {
  PersistAttempt row;
  row.run = run;
  row.attempt = attempt;
  row.ended_at = at;
  row.outcome = outcome;
  return row;
}

}  // namespace tarama::test
