// `tarama suggest SWEEP`: what to run next, as a file that `plan`, `extend` and `run` take, with
// its reasons as comments.
#include "cli/command.hpp"
#include "cli/text/number_text.hpp"
#include "core/search/grid.hpp"
#include "core/sweep/enum_names.hpp"
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
  if (spec->method != Method::grid) {
    return Error{Errc::refused,
                 fmt::format("the levels of sweep {} '{}' were drawn (method: {}), and what to try "
                             "next is known of grids alone; take a grid around the best level",
                             result.sweep.sweep,
                             result.sweep.name,
                             name_of(spec->method))};
  }
  if (result.best() == nullptr) {
    return Error{Errc::refused,
                 fmt::format("no level of sweep {} '{}' has a result yet: there is nothing to "
                             "suggest by",
                             result.sweep.sweep,
                             result.sweep.name)};
  }
  Suggested suggested{suggestion_for(result, spec->replicates), std::move(*spec)};
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
  if (suggestion.step == NextStep::nothing) {
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

ExitCode suggest(const Context& context, const std::string& name) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto sweep = store ? store->find_sweep(name) : store.error();
  const auto result = sweep ? read_sweep_result(*store, *sweep) : sweep.error();
  const auto suggested = result ? read_suggestion(*result) : result.error();
  if (!suggested) {
    return context.fail(suggested.error());
  }
  const Suggestion& suggestion = suggested->suggestion;
  const std::string yaml =
      suggestion.step == NextStep::nothing ? "" : config::yaml_of(suggested->spec);
  if (context.wants_json()) {
    context.print_json({{"sweep", result->sweep.sweep.value},
                        {"name", result->sweep.name},
                        {"step", step_name(suggestion.step)},
                        {"reasons", suggestion.reasons},
                        {"yaml", yaml},
                        {"provisional", result->is_provisional()}});
  } else {
    context.streams.out << head_of(*result, *suggested) << yaml;
  }
  return ExitCode::done;
}

}  // namespace

Command suggest_command() {
  return {"suggest",
          "Prints the sweep to run next: more seeds, beyond the edge of the grid, or a finer one",
          "tarama suggest cola-level > next.yaml",
          [](CLI::App& app) -> Action {
            const auto sweep = std::make_shared<std::string>("last");
            app.add_option("SWEEP", *sweep, "The sweep's id or name; default: the newest");
            return [sweep](const Context& context) { return suggest(context, *sweep); };
          }};
}

}  // namespace tarama::cli
