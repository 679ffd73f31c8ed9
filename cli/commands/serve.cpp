// `tarama serve`: the store's orchestrator alone, until SIGTERM.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/service_log.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <unistd.h>

namespace tarama::cli {
namespace {

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

ExitCode serve(const Context& context, const std::string& worker) {
  const auto program = find_worker_program(context, worker);
  if (!program) {
    return context.fail(program.error());
  }
  set_up_service_log(context, LogPlace::foreground);
  Interrupts interrupts;
  const auto service = LocalService::start({context.store(), *program});
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
            const auto worker = std::make_shared<std::string>();
            app.add_option("--worker",
                           *worker,
                           "The worker program; default: $TARAMA_WORKER, else the tarama-worker "
                           "beside tarama")
                ->type_name("PROGRAM");
            return [worker](const Context& context) { return serve(context, *worker); };
          }};
}

}  // namespace tarama::cli
