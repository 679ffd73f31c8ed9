// Each timed level is a sweep of its own in the temporary store, with a replicate for each worker,
// cancelled once it has shown enough.
#include "cli/plan_timing.hpp"

#include "cli/local_service.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/temporary_folder.hpp"
#include "core/sweep/run_state.hpp"
#include "db/sqlite/read_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::cli {
namespace {

using Clock = std::chrono::steady_clock;

// The first steps make room and, on GPUs, compile kernels.
constexpr std::int64_t warming_up = 3;
// Batches differ in length: the mean of forty of two workers is known to some percent.
constexpr std::int64_t enough_steps = 40;
// What a person waits for beside an editor; slow steps say enough with fewer.
constexpr std::chrono::seconds patience{20};
// A large model is read, and its data tokenized, before the first step.
constexpr std::chrono::minutes longest_start{5};

orchestrator::Submission submission_of(const orchestrator::CheckedSubmission& sweep,
                                       const Level& level,
                                       std::int64_t workers) {
  orchestrator::Submission submission;
  SweepSpec& spec = submission.spec;
  spec = sweep.submission.spec;
  spec.name = fmt::format("time-{}", level.id);
  spec.parameters.clear();  // one level: what the grid made of it
  spec.method = Method::grid;
  spec.max_runs = 0;
  spec.training = level.training;
  spec.training.learner = learner_of(sweep, level);
  spec.model = level.model;
  spec.replicates = workers;
  spec.share = Share::none;
  spec.time_limit = std::nullopt;
  spec.max_restarts = 0;
  spec.stop_when.clear();
  spec.rungs.reset();
  spec.keep = {KeepModels::none, KeepCheckpoints::none, KeepPredictions::none};
  spec.on_end.clear();
  const auto& prepared = sweep.submission.prepared;
  const auto variant = prepared.variant_of_level.at(static_cast<std::size_t>(level.id.value - 1));
  submission.prepared = {{prepared.variants.at(static_cast<std::size_t>(variant))}, {0}};
  submission.host = sweep.submission.host;
  return submission;
}

/// One or two levels: the one whose step is likely to be cheapest, and the dearest.
std::vector<Level> levels_to_time(const orchestrator::CheckedSubmission& sweep, DeviceKind kind) {
  const auto by_step = [&](const Level& left, const Level& right) {
    return rough_seconds_per_step(sweep, left, kind) < rough_seconds_per_step(sweep, right, kind);
  };
  const auto [cheapest, dearest] =
      std::minmax_element(sweep.levels.begin(), sweep.levels.end(), by_step);
  std::vector<Level> levels = {*cheapest};
  if (by_step(*cheapest, *dearest)) {
    levels.push_back(*dearest);
  }
  return levels;
}

struct Shown {
  StepTimes times;
  bool has_begun = false;  // a run has made its first step
  bool is_enough = false;  // of all runs
  bool is_over = false;    // nothing more will come
  std::string failure{};   // of a run that failed
};

Result<Shown> look_at(const db::ReadStore& store, SweepId sweep) {
  const auto runs = store.runs(sweep);
  if (!runs) {
    return runs.error();
  }
  Shown shown{.times = {}, .is_enough = true, .is_over = true};
  for (const db::RunInfo& run : *runs) {
    const auto rows = store.steps(run.run);
    if (!rows) {
      return rows.error();
    }
    const StepTimes times = times_between(*rows);
    shown.times.seconds += times.seconds;
    shown.times.steps += times.steps;
    shown.has_begun = shown.has_begun || !rows->empty();
    const bool ends = is_terminal(run.standing.state);
    shown.is_over = shown.is_over && ends;
    shown.is_enough = shown.is_enough && (ends || times.steps >= enough_steps);
    if (run.standing.state == RunState::failed) {
      shown.failure = run.standing.message;
    }
  }
  return shown;
}

Error interrupted_timing() {
  return {Errc::internal, "interrupted; nothing was timed"};
}

/// Waits until the sweep has shown enough, or patience is at its end.
Result<Shown> watch(const db::ReadStore& store, SweepId sweep, Interrupts& interrupts) {
  const auto begun = Clock::now();
  std::optional<Clock::time_point> first;
  while (interrupts.count() == 0) {
    const auto shown = look_at(store, sweep);
    if (!shown) {
      return shown.error();
    }
    const auto now = Clock::now();
    first = first || !shown->has_begun ? first : now;
    const bool is_late =
        first ? now - *first > patience && shown->times.steps > 0 : now - begun > longest_start;
    if (shown->is_enough || shown->is_over || is_late) {
      return *shown;
    }
    interrupts.wait(std::chrono::milliseconds(200));  // rows come in batches, about as often
  }
  return interrupted_timing();
}

Result<StepTimes> time_level(const Context& inside,
                             const orchestrator::CheckedSubmission& sweep,
                             const Level& level,
                             std::int64_t workers,
                             Interrupts& interrupts) {
  const auto submitted = submit_sweep(inside, submission_of(sweep, level, workers));
  if (!submitted) {
    return submitted.error();
  }
  const auto store = db::ReadStore::open(inside.folder().database());
  if (!store) {
    return store.error();
  }
  const auto shown = watch(*store, submitted->sweep, interrupts);
  // Refused where its runs are over by now, which is as well.
  static_cast<void>(
      ask_orchestrator(inside, {{"do", "cancel"}, {"sweep", submitted->sweep.value}}));
  if (!shown) {
    return shown.error();
  }
  if (shown->times.steps == 0) {
    return Error{Errc::refused,
                 shown->failure.empty()
                     ? fmt::format("no run made {} steps", warming_up + 1)
                     : fmt::format("the run that was to be timed failed: {}", shown->failure)};
  }
  return shown->times;
}

Result<TimedSteps> time_all(const Context& inside,
                            const orchestrator::CheckedSubmission& sweep,
                            const PlanMachine& machine,
                            Interrupts& interrupts) {
  const std::int64_t runs = static_cast<std::int64_t>(sweep.levels.size()) *
                            std::max<std::int64_t>(1, sweep.submission.spec.replicates);
  const std::int64_t workers = std::min(machine.workers, runs);
  TimedSteps timed;
  for (const Level& level : levels_to_time(sweep, machine.kind)) {
    const auto times = time_level(inside, sweep, level, workers, interrupts);
    if (!times) {
      return times.error();
    }
    timed.seconds_per_step[level.id] = times->seconds / static_cast<double>(times->steps);
    timed.steps += times->steps;
  }
  return timed;
}

}  // namespace

StepTimes times_between(const std::vector<StepRow>& rows) {
  StepTimes times;
  for (std::size_t i = warming_up; i < rows.size(); ++i) {
    if (rows[i].epoch == rows[i - 1].epoch) {
      times.seconds += static_cast<double>(rows[i].at - rows[i - 1].at) / 1e3;
      ++times.steps;
    }
  }
  return times;
}

Result<TimedSteps> time_steps(const Context& context,
                              const orchestrator::CheckedSubmission& sweep,
                              const TimingRequest& request,
                              Interrupts& interrupts) {
  const TemporaryFolder folder("tarama-time");
  Context inside = context;
  inside.options.store = folder.path().string();
  inside.options.verbosity = Verbosity::quiet;
  OrchestratorOptions own;
  own.worker = request.worker;
  const auto started = join_or_start_interruptibly(inside, own, interrupts);
  if (!started || !*started) {
    return started ? started->error() : interrupted_timing();
  }
  auto timed = time_all(inside, sweep, request.machine, interrupts);
  LocalService& service = ***started;
  service.drain();
  static_cast<void>(
      see_off(inside, service, interrupts, interrupts.count()));  // nothing of it stays
  return timed;
}

}  // namespace tarama::cli
