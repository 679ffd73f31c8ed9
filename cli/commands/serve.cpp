// `tarama serve`: the store's orchestrator alone, until SIGTERM.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/service_log.hpp"
#include "cli/service_settings.hpp"
#include "cli/slow_work.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>
#include <unistd.h>

namespace tarama::cli {
namespace {

ExitCode serve(const Context& context, const OrchestratorOptions& options) {
  auto settings = service_options(context, options);
  if (!settings) {
    return context.fail(settings.error());
  }
  set_up_service_log(context, LogPlace::foreground);
  Interrupts interrupts;
  using Service = Result<std::unique_ptr<LocalService>>;
  const auto started =
      unless_interrupted<Service>(interrupts, [&](const std::stop_token& stop) -> Service {
        settings->stop = stop;
        return LocalService::start(*settings);
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
