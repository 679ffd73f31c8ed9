// What the scheduler costs per run: a whole sweep from its submission until every run has
// succeeded, on two workers, without a store or a process.
#include "bench/row.hpp"
#include "core/scheduling/scheduler.hpp"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <deque>
#include <variant>

namespace tarama::bench {
namespace {

SweepRecord sweep_of(std::int64_t runs) {
  SweepRecord record;
  record.sweep = SweepId{1};
  for (std::int64_t run = 1; run <= runs; ++run) {
    // Lengths differ, as they do between levels of 2, 3 and 4 epochs.
    record.runs.push_back(
        {.run = RunId{run}, .replicate = run % 10, .planned_steps = 100 * (run % 3 + 2)});
  }
  return record;
}

/// The runs that succeeded.
std::int64_t train_all(const SweepRecord& record) {
  Scheduler scheduler;
  TimePoint now{0};
  std::deque<AssignRun> assigned;
  const auto feed = [&](const Event& event) {
    ++now.milliseconds;
    for (const Effect& effect : scheduler.handle(event, now)) {
      if (const auto* work = std::get_if<AssignRun>(&effect)) {
        assigned.push_back(*work);
      }
    }
  };
  feed(WorkerJoined{WorkerId{1}, "cpu:0"});
  feed(WorkerJoined{WorkerId{2}, "cpu:1"});
  feed(SweepSubmitted{record});
  while (!assigned.empty()) {
    const AssignRun work = assigned.front();
    assigned.pop_front();
    feed(RunStarted{work.worker, work.run, work.attempt});
    feed(RunFinished{work.worker, work.run, work.attempt});
  }
  return scheduler.account(record.sweep).succeeded;
}

void schedule(benchmark::State& state, std::int64_t runs) {
  const SweepRecord record = sweep_of(runs);
  for ([[maybe_unused]] auto iteration : state) {
    if (train_all(record) != runs) {
      state.SkipWithError("not every run has succeeded");
    }
  }
  report_per(state, "run", runs);
}

BENCHMARK_CAPTURE(schedule, few, 10'000)->Name("scheduler/10,000 runs");
BENCHMARK_CAPTURE(schedule, many, 100'000)->Name("scheduler/100,000 runs");

}  // namespace
}  // namespace tarama::bench
