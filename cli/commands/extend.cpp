// `tarama extend SWEEP FILE`: the points of FILE that the sweep does not have yet.
#include "cli/command.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/text/number_text.hpp"
#include "db/sqlite/read_store.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {
namespace {

struct ExtendOptions {
  std::string sweep;
  SweepFileOptions file;
};

std::string sentence(const Extended& extended, const ExtendOptions& options) {
  if (extended.added == 0) {
    return fmt::format("sweep {} '{}' has all points of {} already: nothing was added",
                       extended.sweep,
                       extended.name,
                       options.file.file);
  }
  return fmt::format("sweep {} '{}': {} added, {} in all",
                     extended.sweep,
                     extended.name,
                     extended.added == 1 ? "1 run" : count_text(extended.added) + " runs",
                     count_text(extended.planned));
}

ExitCode extend(const Context& context, const ExtendOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto sweep = store ? store->find_sweep(options.sweep) : store.error();
  if (!sweep) {
    return context.fail(sweep.error());
  }
  CheckingCache cache(context.folder());
  const auto checked = check_sweep(context, options.file, cache);
  if (!checked) {
    return ExitCode::usage;
  }
  print_warnings(context, checked->warnings, options.file.file);
  cache.hand_over();
  const auto extended = extend_sweep(context, *sweep, checked->submission);
  if (!extended) {
    return context.fail(extended.error());
  }
  if (context.wants_json()) {
    context.print_json({{"sweep", extended->sweep.value},
                        {"name", extended->name},
                        {"planned", extended->planned},
                        {"added", extended->added}});
  } else {
    context.streams.out << sentence(*extended, options) << '\n';
  }
  const auto running = find_orchestrator(context);
  if (extended->added > 0 && running && !running->has_value()) {
    context.note(
        "no orchestrator runs on this store: `tarama serve`, or `tarama run` with the file, "
        "goes on with the sweep");
  }
  return ExitCode::done;
}

}  // namespace

Command extend_command() {
  return {"extend",
          "Add to a sweep the points of a file that it does not have yet",
          "tarama extend cola-level more-seeds.yaml",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ExtendOptions>();
            app.add_option("SWEEP", options->sweep, "The sweep's id or name")->required();
            declare_sweep_file(app, options->file);
            return [options](const Context& context) { return extend(context, *options); };
          }};
}

}  // namespace tarama::cli
