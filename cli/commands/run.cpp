// `tarama run FILE`: orchestrator, local workers, progress and result in one command; where the
// store has an orchestrator already, the sweep is submitted there and awaited.
#include "cli/await_sweep.hpp"
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/min_free.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/result_output.hpp"
#include "cli/service_log.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/text/number_text.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

namespace tarama::cli {
namespace {

struct RunOptions {
  SweepFileOptions sweep;
  std::string worker;
  std::string min_free;
};

using Clock = std::chrono::steady_clock;

/// Our own orchestrator; nullptr where the store has one that we may use.
Result<std::unique_ptr<LocalService>> try_join_or_start(const Context& context,
                                                        const RunOptions& options) {
  const auto running = find_orchestrator(context);
  if (!running) {
    return running.error();
  }
  if (running->has_value()) {
    context.note(fmt::format(
        "joining the orchestrator of {} (pid {})", context.store().string(), (*running)->pid));
    return std::unique_ptr<LocalService>();
  }
  const auto program = find_worker_program(context, options.worker);
  if (!program) {
    return program.error();
  }
  const auto min_free = min_free_of(context, options.min_free);
  if (!min_free) {
    return min_free.error();
  }
  set_up_service_log(context, LogPlace::background);
  return LocalService::start(
      {.store = context.store(), .worker_program = *program, .min_free = *min_free});
}

/// Another `tarama run` may take the store between our question and our start, and one that ends
/// holds the lock a moment longer than the socket: so the question is asked again for a while.
Result<std::unique_ptr<LocalService>> join_or_start(const Context& context,
                                                    const RunOptions& options,
                                                    Interrupts& interrupts) {
  constexpr int tries = 20;
  for (int i = 1;; ++i) {
    auto service = try_join_or_start(context, options);
    const bool is_taken = !service && service.error().code == Errc::refused;
    if (!is_taken || i == tries || interrupts.count() > 0) {
      return service;
    }
    interrupts.wait(std::chrono::milliseconds(100));
  }
}

void say_what_was_submitted(const Context& context, const Submitted& submitted) {
  context.note(fmt::format("sweep {} '{}': {} runs{}",
                           submitted.sweep,
                           submitted.name,
                           count_text(submitted.planned),
                           submitted.is_new ? "" : "; going on where it stood"));
}

/// Ctrl-C: our own orchestrator stops resumably (a second one: at once), a foreign one goes on.
ExitCode stop_early(const Context& context,
                    LocalService* service,
                    const RunOptions& options,
                    const Submitted& submitted,
                    Interrupts& interrupts) {
  if (service == nullptr) {
    context.note(
        fmt::format("detached; sweep {} goes on. `tarama watch {}` shows it, `tarama "
                    "cancel {}` ends it",
                    submitted.sweep,
                    submitted.sweep,
                    submitted.sweep));
    return ExitCode::interrupted;
  }
  context.note("stopping: running runs save a checkpoint; Ctrl-C again ends them at once");
  const int signals = interrupts.count();
  service->drain();
  while (!service->has_ended(std::chrono::milliseconds(50))) {
    if (interrupts.count() > signals) {
      service->stop_now();
    }
  }
  context.note(fmt::format("stopped; the same command goes on: tarama run {} --store {}",
                           shell_word(options.sweep.file),
                           shell_word(context.store().string())));
  return ExitCode::interrupted;
}

/// Waits for the submitted sweep, and ends our own orchestrator behind it.
ExitCode see_it_through(const Context& context,
                        LocalService* service,
                        const RunOptions& options,
                        const Submitted& submitted,
                        Interrupts& interrupts) {
  const AwaitRequest request{
      submitted.sweep, context.is_quiet() ? Progress::hidden : Progress::shown, {}, 0, {}};
  const auto end = await_sweep(context, request, interrupts);
  if (end && *end == AwaitEnd::interrupted) {
    return stop_early(context, service, options, submitted, interrupts);
  }
  if (service != nullptr) {
    service->drain();
    if (const auto outcome = service->outcome(); !outcome) {
      return context.fail(outcome.error());
    }
  }
  return end ? ExitCode::done : context.fail(end.error());
}

ExitCode run_sweep(const Context& context, const RunOptions& options) {
  const auto start = Clock::now();
  CheckingCache cache(context.folder());
  const auto checked = check_sweep(context, options.sweep, cache);
  if (!checked) {
    return ExitCode::usage;
  }
  print_warnings(context, checked->warnings, options.sweep.file);
  Interrupts interrupts;
  const auto service = join_or_start(context, options, interrupts);
  if (!service) {
    return context.fail(service.error());
  }
  cache.hand_over();
  const auto submitted = submit_sweep(context, checked->submission);
  if (!submitted) {
    return context.fail(submitted.error());
  }
  say_what_was_submitted(context, *submitted);
  const ExitCode end = see_it_through(context, service->get(), options, *submitted, interrupts);
  if (end != ExitCode::done) {
    return end;
  }
  const std::chrono::duration<double> wall = Clock::now() - start;
  return print_result(context, submitted->sweep, wall.count());
}

}  // namespace

Command run_command() {
  return {"run",
          "Run a sweep to its end: orchestrator, workers, live progress, the result",
          "tarama run configs/quickstart.yaml --set replicates=3",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<RunOptions>();
            declare_sweep_file(app, options->sweep);
            app.add_option("--worker",
                           options->worker,
                           "The worker program; default: $TARAMA_WORKER, else the tarama-worker "
                           "beside tarama")
                ->type_name("PROGRAM");
            app.add_option("--min-free", options->min_free, min_free_help)->type_name("SIZE");
            return [options](const Context& context) { return run_sweep(context, *options); };
          }};
}

}  // namespace tarama::cli
