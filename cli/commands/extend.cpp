// `tarama extend SWEEP FILE`: the points of FILE that the sweep does not have yet; where the store
// has no orchestrator by one of our own, to the sweep's end.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/result_output.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_width.hpp"
#include "db/sqlite/read_store.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tarama::cli {
namespace {

struct ExtendOptions {
  std::string sweep;
  SweepFileOptions file;
  OrchestratorOptions orchestrator;
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
                     counted(extended.added, "run"),
                     count_text(extended.planned));
}

void print_extended(const Context& context,
                    const Extended& extended,
                    const ExtendOptions& options) {
  if (context.wants_json()) {
    context.print_json({{"sweep", extended.sweep.value},
                        {"name", extended.name},
                        {"planned", extended.planned},
                        {"added", extended.added}});
  } else {
    context.streams.out << printable(sentence(extended, options)) << '\n';
  }
}

/// By the orchestrator that runs, or by one of our own: then `is_over` says whether the sweep's
/// result is to be printed.
ExitCode extend_checked(const Context& context,
                        SweepId sweep,
                        const orchestrator::Submission& submission,
                        const ExtendOptions& options,
                        Interrupts& interrupts,
                        bool& is_over) {
  const auto service = join_or_start_interruptibly(context, options.orchestrator, interrupts);
  if (!service) {
    return ExitCode::interrupted;
  }
  if (!*service) {
    return context.fail(service->error());
  }
  LocalService* const ours = (*service)->get();
  const auto extended = extend_sweep(context, sweep, submission);
  if (!extended) {
    return leave_with(context, ours, extended.error(), interrupts);
  }
  if (ours == nullptr) {
    print_extended(context, *extended, options);
    return ExitCode::done;
  }
  context.note(sentence(*extended, options));
  const ExitCode end =
      see_through(context,
                  ours,
                  {sweep, command_that_goes_on(context, sweep), options.orchestrator},
                  interrupts);
  is_over = end == ExitCode::done;
  return end;
}

ExitCode extend(const Context& context, const ExtendOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto sweep = store ? store->find_sweep(options.sweep) : store.error();
  if (!sweep) {
    return context.fail(sweep.error());
  }
  CheckingCache cache(context.folder());
  bool is_over = false;
  ExitCode code = ExitCode::usage;
  {
    Interrupts interrupts;
    const auto checked = check_sweep(context, options.file, cache, interrupts, code);
    if (!checked) {
      return code;
    }
    print_warnings(context, checked->warnings, options.file.file);
    cache.hand_over();
    code = extend_checked(context, *sweep, checked->submission, options, interrupts, is_over);
  }
  return is_over ? print_result(context, *sweep, std::nullopt) : code;
}

}  // namespace

Command extend_command() {
  return {
      "extend",
      "Add to a sweep the points of a file that it does not have yet; without an orchestrator it "
      "is run to its end, as `run` does",
      "tarama extend cola-level more-seeds.yaml",
      [](CLI::App& app) -> Action {
        const auto options = std::make_shared<ExtendOptions>();
        app.add_option("SWEEP", options->sweep, "The sweep's id or name")->required();
        declare_sweep_file(app, options->file);
        declare_orchestrator(app, options->orchestrator);
        return [options](const Context& context) { return extend(context, *options); };
      }};
}

}  // namespace tarama::cli
