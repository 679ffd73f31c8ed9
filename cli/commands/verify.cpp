// See verify.hpp. The run goes the way of any other: a temporary store, an orchestrator, a worker.
// Its sweep is submitted with this level alone but with the replicates before it, since the split
// of the data hangs on the sweep's seed; those replicates are cancelled at once.
#include "cli/commands/verify.hpp"

#include "cli/await_sweep.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/slow_work.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/temporary_folder.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/sweep_spec_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::cli {
namespace {

/// A run as it was submitted.
struct Original {
  db::RunInfo run;
  std::string trainer;
  SweepSpec spec;
  LevelRecord level;
};

Result<Original> original_of(const db::ReadStore& store, const db::RunInfo& run) {
  const bool is_finding = run.standing.failure == FailureClass::diverged;
  if (run.standing.state != RunState::succeeded && !is_finding) {
    return Error{Errc::refused,
                 fmt::format("run {} is {}: only a run that succeeded or diverged can be verified",
                             run.run,
                             name_of(run.standing.state))};
  }
  const auto sweep = store.sweep(run.sweep);
  if (!sweep) {
    return sweep.error();
  }
  auto spec = sweep_spec_from_json(sweep->spec);
  if (!spec) {
    return spec.error();
  }
  auto level = store.level(run.sweep, run.plan.level);
  if (!level) {
    return level.error();
  }
  return Original{run, sweep->trainer, std::move(*spec), std::move(*level)};
}

/// The inputs as they are now; `refused` where they are not what was trained on.
Result<LevelInputs> same_inputs(const Original& original, const std::filesystem::path& cache) {
  const auto outcome = input::prepare({.data = original.spec.data,
                                       .model = original.level.model,
                                       .norm = original.level.training.norm,
                                       .sweep_seed = original.spec.seed,
                                       .cache = cache});
  if (outcome.prepared == nullptr) {
    return Error{Errc::refused,
                 fmt::format("the inputs of run {} can no longer be read: {}",
                             original.run.run,
                             outcome.problems.front().message)};
  }
  const auto variant = orchestrator::inputs_of(*outcome.prepared);
  const bool has_same_data = variant.data_fingerprint == original.level.inputs.data_fingerprint;
  if (!has_same_data || variant.model_fingerprint != original.level.inputs.model_fingerprint) {
    return Error{Errc::refused,
                 fmt::format("the {} of run {} changed since it was trained: another result would "
                             "say nothing",
                             has_same_data ? "model" : "data",
                             original.run.run)};
  }
  return variant;
}

/// Where the run was trained: its bits depend on the kind of device.
std::vector<std::string> devices_of(const db::ReadStore& store, RunId run) {
  const auto attempts = store.attempts(run);
  const std::string device =
      attempts && !attempts->empty() ? attempts->back().device.value_or("") : "";
  if (device.empty()) {
    return {};
  }
  return {device.starts_with("cpu") ? "cpu" : device};
}

orchestrator::Submission submission_of(const Original& original,
                                       const LevelInputs& inputs,
                                       std::vector<std::string> devices) {
  orchestrator::Submission submission;
  SweepSpec& spec = submission.spec;
  spec = original.spec;
  spec.parameters.clear();  // one level: what its row says
  spec.training = original.level.training;
  if (const auto learner = learner_named(original.level.learner)) {
    spec.training.learner = learner;
  }
  spec.model = original.level.model;
  spec.replicates = original.run.plan.seed - spec.seed + 1;
  spec.resources.devices = std::move(devices);
  spec.time_limit = std::nullopt;
  spec.keep = {KeepModels::none, KeepCheckpoints::none, KeepPredictions::none};
  spec.on_end.clear();
  spec.stop_when.clear();
  spec.rungs.reset();
  submission.prepared = {{inputs}, {0}};
  return submission;
}

/// The run of the temporary store that is the original one again; all others are cancelled.
Result<RunId> single_out(const Context& context, SweepId sweep, const Original& original) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  const auto runs = store->runs(sweep);
  if (!runs) {
    return runs.error();
  }
  Result<RunId> again = Error{Errc::refused,
                              fmt::format("run {} was trained with other numerics or settings than "
                                          "this version of tarama has",
                                          original.run.run)};
  for (const db::RunInfo& run : *runs) {
    if (run.plan.run_key == original.run.plan.run_key) {
      again = run.run;
      continue;
    }
    const auto cancelled = ask_orchestrator(
        context, {{"do", "cancel"}, {"sweep", sweep.value}, {"run", run.run.value}});
    if (!cancelled) {
      return cancelled.error();
    }
  }
  return again;
}

Result<RunNumbers> numbers_of(const db::ReadStore& store, RunId run) {
  auto steps = store.steps(run);
  if (!steps) {
    return steps.error();
  }
  auto evals = store.evals(run);
  if (!evals) {
    return evals.error();
  }
  return RunNumbers{std::move(*steps), std::move(*evals)};
}

/// Checks that the orchestrator's workers train as the original's did.
Result<void> check_trainer(const Context& context, const Original& original) {
  const auto peer = find_orchestrator(context);
  if (!peer || !peer->has_value()) {
    return peer ? no_orchestrator(context) : peer.error();
  }
  if ((*peer)->trainer != original.trainer) {
    return Error{Errc::refused,
                 fmt::format("run {} was trained by the trainer '{}', but this worker program is "
                             "'{}'; name the right one by --worker",
                             original.run.run,
                             original.trainer,
                             (*peer)->trainer)};
  }
  return {};
}

Error interrupted() {
  return {Errc::internal, "interrupted; nothing was compared"};
}

/// Trains in the temporary store of `context`, and gives the numbers.
Result<RunNumbers> train_again(const Context& context,
                               const Original& original,
                               const orchestrator::Submission& submission,
                               Interrupts& interrupts) {
  if (const auto fits = check_trainer(context, original); !fits) {
    return fits.error();
  }
  const auto submitted = submit_sweep(context, submission);
  if (!submitted) {
    return submitted.error();
  }
  const auto run = single_out(context, submitted->sweep, original);
  if (!run) {
    return run.error();
  }
  // Off a terminal the cancelled replicates would make more lines than the run itself.
  const bool is_live = context.streams.err_is_terminal && !context.is_quiet();
  const Progress progress = is_live ? Progress::shown : Progress::hidden;
  const AwaitRequest request{.sweep = submitted->sweep,
                             .progress = progress,
                             .limit = {},
                             .patience = std::chrono::milliseconds(0),  // with ours all is over
                             .since = 0,
                             .on_finished = {}};
  const auto end = await_sweep(context, request, interrupts);
  if (!end) {
    return end.error();
  }
  if (*end != AwaitEnd::over) {
    return interrupted();
  }
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  if (const auto committed = await_commit(*store, submitted->sweep); !committed) {
    return committed.error();
  }
  return numbers_of(*store, *run);
}

}  // namespace

Result<Verification> verify_run(const Context& context,
                                const db::ReadStore& store,
                                const db::RunInfo& run,
                                const std::string& worker) {
  const auto original = original_of(store, run);
  if (!original) {
    return original.error();
  }
  if (const auto program = find_worker_program(context, worker); !program) {
    return program.error();
  }
  const auto stored = numbers_of(store, run.run);
  if (!stored) {
    return stored.error();
  }
  const TemporaryFolder folder("tarama-verify");
  Context inside = context;
  inside.options.store = folder.path().string();
  Interrupts interrupts;
  const auto inputs = unless_interrupted<Result<LevelInputs>>(
      interrupts,
      [&](const std::stop_token& /*stop*/) {
        return same_inputs(*original, inside.folder().cache());
      },
      [&] { folder.remove(); });
  if (!inputs || !*inputs) {
    return inputs ? inputs->error() : interrupted();
  }
  OrchestratorOptions own;
  own.worker = worker;
  const auto started = join_or_start_interruptibly(inside, own, interrupts);
  if (!started || !*started) {
    return started ? started->error() : interrupted();
  }
  const auto again = train_again(inside,
                                 *original,
                                 submission_of(*original, **inputs, devices_of(store, run.run)),
                                 interrupts);
  LocalService& service = ***started;
  service.drain();
  static_cast<void>(see_off(context, service, interrupts, interrupts.count()));  // no result of it
  if (!again) {
    return again.error();
  }
  return Verification{static_cast<std::int64_t>(stored->steps.size()),
                      static_cast<std::int64_t>(stored->evals.size()),
                      first_difference(*stored, *again)};
}

}  // namespace tarama::cli
