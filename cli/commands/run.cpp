// `tarama run FILE`: orchestrator, local workers, progress and result in one command; where the
// store has an orchestrator already, the sweep is submitted there and awaited.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/refinement_forecast.hpp"
#include "cli/result_output.hpp"
#include "cli/slow_work.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/text/number_text.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <unistd.h>

namespace tarama::cli {
namespace {

struct RunOptions {
  SweepFileOptions sweep;
  OrchestratorOptions orchestrator;
};

using Clock = std::chrono::steady_clock;

void say_what_was_submitted(const Context& context, const Submitted& submitted) {
  const std::string more = what_becomes_of(submitted);
  context.note(fmt::format("sweep {} '{}': {}{}",
                           submitted.sweep,
                           submitted.name,
                           counted(submitted.planned, "run"),
                           more.empty() ? "" : "; " + more));
}

/// nullopt: a signal came first, and our own orchestrator has ended.
std::optional<Result<Submitted>> submit_interruptibly(const Context& context,
                                                      LocalService* service,
                                                      const orchestrator::Submission& submission,
                                                      Occasion occasion,
                                                      Interrupts& interrupts) {
  SlowWork<Result<Submitted>> submitting(
      [&](const std::stop_token& /*stop*/) { return submit_sweep(context, submission, occasion); });
  if (submitting.wait(interrupts)) {
    return submitting.get();
  }
  if (service == nullptr) {
    context.note("interrupted while the orchestrator took the sweep; `tarama list` says whether");
    _exit(static_cast<int>(ExitCode::interrupted));
  }
  const int answered = interrupts.count();
  service->drain();
  static_cast<void>(see_off(context, *service, interrupts, answered));  // nothing of it is needed
  return std::nullopt;
}

/// What the check of the file gave.
struct ToSubmit {
  const orchestrator::Submission& submission;
  CheckingCache& cache;
};

/// Behind the check of the file: from the orchestrator to the sweep's end.
ExitCode submit_and_see_through(const Context& context,
                                const RunOptions& options,
                                const ToSubmit& checked,
                                Interrupts& interrupts,
                                SweepId& sweep) {
  const auto service = join_or_start_interruptibly(context, options.orchestrator, interrupts);
  if (!service) {
    return ExitCode::interrupted;
  }
  if (!*service) {
    return context.fail(service->error());
  }
  checked.cache.hand_over();
  LocalService* const ours = (*service)->get();
  const auto submitted =
      submit_interruptibly(context, ours, checked.submission, options.sweep.occasion, interrupts);
  if (!submitted) {
    return ExitCode::interrupted;
  }
  if (!*submitted) {
    return leave_with(context, ours, submitted->error(), interrupts);
  }
  sweep = (*submitted)->sweep;
  say_what_was_submitted(context, **submitted);
  if (const std::string left = refinement_left_out(context, sweep, checked.submission.refinement);
      !left.empty()) {
    context.note(left);
  }
  say_where_the_page_is(context);
  // Without --again: what was begun goes on.
  const std::string command = fmt::format("tarama run {} --store {}",
                                          shell_word(options.sweep.file),
                                          shell_word(context.store().string()));
  return see_through(context, ours, {sweep, command, options.orchestrator}, interrupts);
}

ExitCode run_sweep(const Context& context, const RunOptions& options) {
  const auto start = Clock::now();
  SweepId sweep;
  {
    Interrupts interrupts;
    CheckingCache cache(context.folder());
    ExitCode code = ExitCode::usage;
    const auto checked = check_sweep(context, options.sweep, cache, interrupts, code);
    if (!checked) {
      return code;
    }
    print_warnings(context, checked->warnings, options.sweep.file);
    const ExitCode end =
        submit_and_see_through(context, options, {checked->submission, cache}, interrupts, sweep);
    if (end != ExitCode::done) {
      return end;
    }
  }
  // From here on a signal ends us as it would anybody.
  const std::chrono::duration<double> wall = Clock::now() - start;
  return print_result(context, sweep, wall.count());
}

}  // namespace

Command run_command() {
  return {"run",
          "Run a sweep to its end: orchestrator, workers, live progress, the result",
          "tarama run configs/quickstart.yaml --set replicates=3",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<RunOptions>();
            declare_sweep_file(app, options->sweep);
            declare_again(app, options->sweep);
            declare_orchestrator(app, options->orchestrator);
            return [options](const Context& context) { return run_sweep(context, *options); };
          }};
}

}  // namespace tarama::cli
