// `tarama levels SWEEP`: the answer so far, levels ranked with their intervals.
#include "cli/answer_sentence.hpp"
#include "cli/command.hpp"
#include "cli/levels_text.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/population_answer.hpp"
#include "cli/sweep_argument.hpp"
#include "documents/levels_document.hpp"

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace tarama::cli {
namespace {

struct LevelsOptions {
  std::string sweep = "last";
  std::string method = "paired";
  double confidence = 0.95;
  bool is_of_population = false;
};

struct ReadLevels {
  SweepResult result;
  std::optional<PopulationAnswer> population;  // where it was asked for
};

Result<ReadLevels> read_levels(const Context& context, const LevelsOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  const auto sweep = store->find_sweep(options.sweep);
  if (!sweep) {
    return sweep.error();
  }
  auto result = read_sweep_result(*store,
                                  *sweep,
                                  {.method = statistics::comparison_method_named(options.method)
                                                 .value_or(statistics::ComparisonMethod::paired),
                                   .confidence = options.confidence});
  if (!result) {
    return result.error();
  }
  ReadLevels read{std::move(*result), {}};
  if (options.is_of_population) {
    auto population = read_population(*store, read.result);
    if (!population) {
      return population.error();
    }
    read.population = std::move(*population);
  }
  return read;
}

ExitCode print_levels(const Context& context, const LevelsOptions& options) {
  if (!(options.confidence > 0.5 && options.confidence < 1)) {
    return context.fail(
        {Errc::invalid_argument, "--confidence is a share between 0.5 and 1, like 0.95"});
  }
  const auto read = read_levels(context, options);
  if (!read) {
    return context.fail(read.error());
  }
  const auto& [result, population] = *read;
  if (context.wants_json()) {
    nlohmann::ordered_json document = levels_json(result);
    document["answer"] = answer_sentence(result);
    if (population) {
      document["population"] = population_json(result, *population);
    }
    context.print_json(document);
    return ExitCode::done;
  }
  const LevelsLayout layout{output_columns(),
                            std::numeric_limits<std::size_t>::max(),
                            context.out_style(),
                            glyphs_of(context.environment)};
  context.streams.out << answer_text(result, context.store().string(), layout);
  if (population) {
    context.streams.out << '\n' << population_text(result, *population, layout);
  }
  return ExitCode::done;
}

}  // namespace

Command levels_command() {
  return {"levels",
          "The answer: which level is best, which are tied with it, and how sure that is",
          "tarama levels cola-level",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<LevelsOptions>();
            app.add_option("SWEEP", options->sweep, sweep_help);
            app.add_option("--method",
                           options->method,
                           "How levels are compared: paired (seed by seed; the default), separate "
                           "(own spreads, seeds ignored), mcb (Hsu's, one spread for all), "
                           "blocked_mcb")
                ->type_name("METHOD")
                ->check(CLI::IsMember({"paired", "separate", "mcb", "blocked_mcb"}));
            app.add_option("--confidence", options->confidence, "Of the tied set; default: 0.95")
                ->type_name("SHARE");
            app.add_flag("--population",
                         options->is_of_population,
                         "Also how the tied levels would do on new data: seeds and evaluation "
                         "examples drawn anew, from the kept predictions");
            return [options](const Context& context) { return print_levels(context, *options); };
          }};
}

}  // namespace tarama::cli
