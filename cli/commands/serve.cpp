// `tarama serve`: the store's orchestrator alone, until SIGTERM.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/min_free.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/service_log.hpp"
#include "cli/slow_work.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>
#include <unistd.h>

namespace tarama::cli {
namespace {

ExitCode serve(const Context& context, const OrchestratorOptions& options) {
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
  using Service = Result<std::unique_ptr<LocalService>>;
  const auto started =
      unless_interrupted<Service>(interrupts, [&](const std::stop_token& stop) -> Service {
        return LocalService::start({.store = context.store(),
                                    .worker_program = *program,
                                    .min_free = *min_free,
                                    .stop = stop});
      });
  if (!started) {
    return ExitCode::interrupted;
  }
  const Service& service = *started;
  if (!service) {
    return context.fail(service.error());
  }
  context.note(fmt::format("serving the store {} (pid {}); SIGTERM or `tarama stop` ends it",
                           context.store().string(),
                           getpid()));
  if (const auto outcome = see_off(context, **service, interrupts, 0); !outcome) {
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
            const auto options = std::make_shared<OrchestratorOptions>();
            declare_orchestrator(app, *options);
            return [options](const Context& context) { return serve(context, *options); };
          }};
}

}  // namespace tarama::cli
