// `tarama levels SWEEP`: the answer so far, levels ranked with their intervals.
#include "cli/answer_sentence.hpp"
#include "cli/command.hpp"
#include "cli/levels_text.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/sweep_argument.hpp"
#include "documents/levels_document.hpp"

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {
namespace {

struct LevelsOptions {
  std::string sweep = "last";
  std::string method = "paired";
  double confidence = 0.95;
};

Result<SweepResult> read_levels(const Context& context, const LevelsOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  const auto sweep = store->find_sweep(options.sweep);
  if (!sweep) {
    return sweep.error();
  }
  return read_sweep_result(*store,
                           *sweep,
                           {.method = statistics::comparison_method_named(options.method)
                                          .value_or(statistics::ComparisonMethod::paired),
                            .confidence = options.confidence});
}

ExitCode print_levels(const Context& context, const LevelsOptions& options) {
  if (!(options.confidence > 0.5 && options.confidence < 1)) {
    return context.fail(
        {Errc::invalid_argument, "--confidence is a share between 0.5 and 1, like 0.95"});
  }
  const auto result = read_levels(context, options);
  if (!result) {
    return context.fail(result.error());
  }
  if (context.wants_json()) {
    nlohmann::ordered_json document = levels_json(*result);
    document["answer"] = answer_sentence(*result);
    context.print_json(document);
    return ExitCode::done;
  }
  const LevelsLayout layout{output_columns(),
                            std::numeric_limits<std::size_t>::max(),
                            context.out_style(),
                            glyphs_of(context.environment)};
  context.streams.out << answer_text(*result, context.store().string(), layout);
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
            return [options](const Context& context) { return print_levels(context, *options); };
          }};
}

}  // namespace tarama::cli
