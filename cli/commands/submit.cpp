// `tarama submit FILE`: checks the sweep, hands it to the store's orchestrator, prints its id.
#include "cli/command.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/refinement_forecast.hpp"
#include "cli/sweep_submission.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace tarama::cli {
namespace {

void print_submitted(const Context& context, const Submitted& submitted) {
  if (context.wants_json()) {
    context.print_json({{"sweep", submitted.sweep.value},
                        {"name", submitted.name},
                        {"planned", submitted.planned},
                        {"is_new", submitted.is_new}});
  } else {
    context.streams.out << submitted.sweep.value << '\n';
  }
}

ExitCode submit(const Context& context, const SweepFileOptions& options) {
  CheckingCache cache(context.folder());
  ExitCode code = ExitCode::usage;
  auto interrupts = std::make_unique<Interrupts>();
  const auto checked = check_sweep(context, options, cache, *interrupts, code);
  interrupts.reset();  // what follows is quick, or the orchestrator's
  if (!checked) {
    return code;
  }
  print_warnings(context, checked->warnings, options.file);
  const auto running = find_orchestrator(context);
  if (!running || !running->has_value()) {
    return context.fail(running ? no_orchestrator(context) : running.error());
  }
  cache.hand_over();
  const auto submitted = submit_sweep(context, checked->submission, options.occasion);
  if (!submitted) {
    return context.fail(submitted.error());
  }
  if (const std::string more = what_becomes_of(*submitted); !more.empty()) {
    context.note(fmt::format("sweep {} '{}': {}", submitted->sweep, submitted->name, more));
  }
  if (const std::string left =
          refinement_left_out(context, submitted->sweep, checked->submission.refinement);
      !left.empty()) {
    context.note(left);
  }
  print_submitted(context, *submitted);
  return ExitCode::done;
}

}  // namespace

Command submit_command() {
  return {"submit",
          "Hand a sweep to the store's orchestrator; prints the sweep's id",
          "tarama submit cola.yaml --set seed=7",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<SweepFileOptions>();
            declare_sweep_file(app, *options);
            declare_again(app, *options);
            return [options](const Context& context) { return submit(context, *options); };
          }};
}

}  // namespace tarama::cli
