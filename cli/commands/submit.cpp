// `tarama submit FILE`: checks the sweep, hands it to the store's orchestrator, prints its id.
#include "cli/command.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/sweep_submission.hpp"

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
  const auto checked = check_sweep(context, options, cache);
  if (!checked) {
    return ExitCode::usage;
  }
  print_warnings(context, checked->warnings, options.file);
  const auto running = find_orchestrator(context);
  if (!running || !running->has_value()) {
    return context.fail(running ? no_orchestrator(context) : running.error());
  }
  cache.hand_over();
  const auto submitted = submit_sweep(context, checked->submission);
  if (!submitted) {
    return context.fail(submitted.error());
  }
  if (!submitted->is_new) {
    context.note("the store has this sweep already: it goes on where it stood");
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
            return [options](const Context& context) { return submit(context, *options); };
          }};
}

}  // namespace tarama::cli
