// `tarama suggest SWEEP`: what to run next, with its reasons as comments: a `tarama refine` line
// for the shell, or a file that `plan`, `extend` and `run` take.
#include "cli/command.hpp"
#include "cli/refinement_forecast.hpp"
#include "cli/text/number_text.hpp"
#include "core/search/grid.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/refinement_words.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "documents/suggestion.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/spec_yaml.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {
namespace {

/// "cola-2" behind "cola", "cola-3" behind "cola-2".
std::string next_name(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  const auto number = dash == std::string::npos
                          ? std::nullopt
                          : config::parse_whole(std::string_view(name).substr(dash + 1));
  return number && *number > 0 && *number < 1'000'000
             ? fmt::format("{}-{}", name.substr(0, dash), *number + 1)
             : name + "-2";
}

struct Suggested {
  Suggestion suggestion;
  SweepSpec spec;  // of the file; where something is suggested
};

Result<Suggested> read_suggestion(const SweepResult& result) {
  Result<SweepSpec> spec = sweep_spec_from_json(result.sweep.spec);
  if (!spec) {
    return spec.error();
  }
  if (result.best() == nullptr) {
    return Error{Errc::refused,
                 fmt::format("no level of sweep {} '{}' has a result yet: there is nothing to "
                             "suggest by",
                             result.sweep.sweep,
                             result.sweep.name)};
  }
  Suggested suggested{suggestion_for(result, spec->replicates), std::move(*spec)};
  if (suggested.suggestion.step == NextStep::grid && suggested.spec.method != Method::grid) {
    return Error{
        Errc::refused,
        fmt::format("the levels of sweep {} '{}' were drawn (method: {}), and which values "
                    "to try next is known of grids alone; take a grid around the best "
                    "level",
                    result.sweep.sweep,
                    result.sweep.name,
                    name_of(suggested.spec.method))};
  }
  suggested.spec.name = next_name(suggested.spec.name);
  suggested.spec.parameters = suggested.suggestion.axes;
  suggested.spec.replicates = suggested.suggestion.replicates;
  return suggested;
}

std::string step_name(NextStep step) {
  switch (step) {
    case NextStep::nothing:
      return "nothing";
    case NextStep::more_seeds:
      return "more_seeds";
    case NextStep::grid:
      return "grid";
  }
  return "";
}

std::string head_of(const SweepResult& result, const Suggested& suggested) {
  const Suggestion& suggestion = suggested.suggestion;
  std::string text = fmt::format("# What to run behind sweep {} '{}'{}:\n",
                                 result.sweep.sweep,
                                 printable(result.sweep.name),
                                 result.is_provisional() ? ", provisional while it runs" : "");
  for (const std::string& reason : suggestion.reasons) {
    text += fmt::format("# - {}\n", printable(reason));
  }
  if (suggestion.step != NextStep::grid) {
    return text;
  }
  const std::int64_t levels = count_levels(suggested.spec);
  return text +
         fmt::format(
             "# {} levels with {} seeds each; what the sweep has done already is not done again "
             "by\n"
             "#   tarama extend {} FILE    which compares all levels together\n",
             count_text(levels),
             suggestion.replicates,
             result.sweep.sweep);
}

/// As one types it; empty where a file is suggested, or nothing.
std::string command_of(const Context& context, const SweepResult& result, const Suggested& next) {
  return next.suggestion.refine ? fmt::format("tarama refine --store {} {} {}",
                                              shell_word(context.store().string()),
                                              result.sweep.sweep,
                                              refine_options(*next.suggestion.refine))
                                : "";
}

/// Reads how many runs to expect into the reasons.
Result<void> add_expectation(const db::ReadStore& store,
                             const SweepResult& result,
                             Suggestion& suggestion) {
  if (suggestion.refine) {
    const auto forecast = forecast_refinement(store, result.sweep, *suggestion.refine);
    if (!forecast) {
      return forecast.error();
    }
    suggestion.reasons.push_back("expected: " + expectation(*suggestion.refine, *forecast));
  }
  return {};
}

ExitCode suggest(const Context& context, const std::string& name) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto sweep = store ? store->find_sweep(name) : store.error();
  const auto result = sweep ? read_sweep_result(*store, *sweep) : sweep.error();
  auto suggested = result ? read_suggestion(*result) : result.error();
  if (!suggested) {
    return context.fail(suggested.error());
  }
  if (const auto added = add_expectation(*store, *result, suggested->suggestion); !added) {
    return context.fail(added.error());
  }
  const std::string command = command_of(context, *result, *suggested);
  const Suggestion& suggestion = suggested->suggestion;
  const std::string yaml =
      suggestion.step == NextStep::grid ? config::yaml_of(suggested->spec) : "";
  if (context.wants_json()) {
    context.print_json({{"sweep", result->sweep.sweep.value},
                        {"name", result->sweep.name},
                        {"step", step_name(suggestion.step)},
                        {"reasons", suggestion.reasons},
                        {"yaml", yaml},
                        {"command", command},
                        {"provisional", result->is_provisional()}});
  } else {
    context.streams.out << head_of(*result, *suggested) << yaml
                        << (command.empty() ? "" : command + "\n");
  }
  return ExitCode::done;
}

}  // namespace

Command suggest_command() {
  return {
      "suggest",
      "Prints what to run next: the `refine` line for more seeds, or the file of a grid beyond the "
      "edge of this one, or of a finer one",
      "tarama suggest cola-level > next.yaml",
      [](CLI::App& app) -> Action {
        const auto sweep = std::make_shared<std::string>("last");
        app.add_option("SWEEP", *sweep, "The sweep's id or name; default: the newest");
        return [sweep](const Context& context) { return suggest(context, *sweep); };
      }};
}

}  // namespace tarama::cli
