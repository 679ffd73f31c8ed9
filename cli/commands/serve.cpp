// `tarama serve`: the store's orchestrator alone, until SIGTERM.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/min_free.hpp"
#include "cli/service_log.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <unistd.h>

namespace tarama::cli {
namespace {

struct ServeOptions {
  std::string worker;
  std::string min_free;
};

/// Blocks until the service has ended: the first signal lets it drain, the next ends it at once.
void serve_until_stopped(const Context& context, LocalService& service, Interrupts& interrupts) {
  int signals_answered = 0;
  while (!service.has_ended(std::chrono::milliseconds(0))) {
    if (interrupts.count() > signals_answered) {
      if (signals_answered == 0) {
        context.note("stopping: running runs save a checkpoint; the next signal ends them at once");
        service.drain();
      } else {
        service.stop_now();
      }
      signals_answered = interrupts.count();
    }
    interrupts.wait(std::chrono::milliseconds(100));
  }
}

ExitCode serve(const Context& context, const ServeOptions& options) {
  const auto program = find_worker_program(context, options.worker);
  if (!program) {
    return context.fail(program.error());
  }
  const auto min_free = min_free_of(context, options.min_free);
  if (!min_free) {
    return context.fail(min_free.error());
  }
  set_up_service_log(context, LogPlace::foreground);
  Interrupts interrupts;
  const auto service = LocalService::start(
      {.store = context.store(), .worker_program = *program, .min_free = *min_free});
  if (!service) {
    return context.fail(service.error());
  }
  context.note(fmt::format("serving the store {} (pid {}); SIGTERM or `tarama stop` ends it",
                           context.store().string(),
                           getpid()));
  serve_until_stopped(context, **service, interrupts);
  if (const auto outcome = (*service)->outcome(); !outcome) {
    return context.fail(outcome.error());
  }
  return interrupts.last_signal() == SIGINT ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace

Command serve_command() {
  return {"serve",
          "Run the store's orchestrator until SIGTERM; workers are started as needed",
          "tarama serve --store ~/sweeps",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ServeOptions>();
            app.add_option("--worker",
                           options->worker,
                           "The worker program; default: $TARAMA_WORKER, else the tarama-worker "
                           "beside tarama")
                ->type_name("PROGRAM");
            app.add_option("--min-free", options->min_free, min_free_help)->type_name("SIZE");
            return [options](const Context& context) { return serve(context, *options); };
          }};
}

}  // namespace tarama::cli
