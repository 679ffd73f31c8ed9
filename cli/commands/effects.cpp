// `tarama effects SWEEP`: what each parameter does to the metric.
#include "cli/answer_sentence.hpp"
#include "cli/command.hpp"
#include "cli/levels_text.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "documents/effects_document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

std::string names_of(const SweepEffects& grid, const statistics::EffectShare& share) {
  std::vector<std::string> names;
  for (const std::size_t axis : share.axes) {
    names.push_back(printable(grid.parameters[axis]));
  }
  return fmt::format("{}", fmt::join(names, " x "));
}

std::string percent_text(std::optional<double> share) {
  return share ? fmt::format("{:.0f} %", 100 * *share) : "-";
}

/// The sentence: what matters most, or why nothing can be said.
std::string effects_sentence(const SweepEffects& grid) {
  if (grid.parameters.empty()) {
    return "There is one level alone: no parameter was varied.";
  }
  if (grid.effects.kind == statistics::EffectsKind::not_estimable) {
    return "The levels that have a result do not tell the parameters' effects apart: too many "
           "combinations are missing.";
  }
  const statistics::EffectShare& first = grid.effects.shares.front();
  if (first.share <= 0) {
    return "No parameter shows an effect: noise alone explains what differs between levels, if "
           "anything does.";
  }
  return fmt::format(
      "{} matters most: it accounts for {} of the differences between levels{}.",
      names_of(grid, first),
      percent_text(first.share),
      first.low
          ? fmt::format(" (about {} to {})", percent_text(first.low), percent_text(first.high))
          : "");
}

TextTable shares_table(const SweepEffects& grid) {
  TextTable table{.columns = {{"parameter", Align::left},
                              {"share", Align::right},
                              {"95 %, about", Align::right},
                              {"", Align::left}},
                  .rows = {}};
  for (const statistics::EffectShare& share : grid.effects.shares) {
    table.rows.push_back(
        {names_of(grid, share),
         percent_text(share.share),
         share.low ? percent_text(share.low) + " to " + percent_text(share.high) : "-",
         bar(share.share, 24)});
  }
  table.rows.push_back({"three and more", percent_text(grid.effects.rest), "-", ""});
  return table;
}

std::string means_text(const SweepEffects& grid) {
  constexpr std::size_t most_values = 12;  // a line; --json has all
  std::string text;
  for (std::size_t axis = 0; axis < grid.effects.means.size(); ++axis) {
    const std::size_t values = grid.effects.means[axis].size();
    std::vector<std::string> words;
    for (std::size_t place = 0; place < std::min(values, most_values); ++place) {
      words.push_back(fmt::format("{}: {}",
                                  value_text(grid.values[axis][place]),
                                  metric_text(grid.effects.means[axis][place])));
    }
    if (values > most_values) {
      words.push_back(fmt::format("… and {} more", values - most_values));
    }
    text += fmt::format("{}  {}\n", printable(grid.parameters[axis]), fmt::join(words, "   "));
  }
  return text.empty() ? text : "mean over all other parameters:\n" + text;
}

std::string effects_text(const SweepEffects& grid, const LevelsLayout& layout) {
  std::string text =
      layout.style(Paint::bold, wrapped(effects_sentence(grid), layout.columns)) + "\n";
  if (!grid.effects.shares.empty()) {
    text += "\n" + to_text(shares_table(grid), layout.style) + "\n" + means_text(grid);
    text +=
        grid.effects.kind == statistics::EffectsKind::least_squares
            ? "some combinations are missing: effects of parameters and pairs by least squares\n"
            : "";
    text += grid.effects.is_without_noise
                ? ""
                : "noise is not subtracted: not every level has two runs of a whole grid\n";
  }
  return layout.glyphs == Glyphs::ascii ? in_ascii(text) : text;
}

ExitCode print_effects(const Context& context, const std::string& name) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto sweep = store ? store->find_sweep(name) : store.error();
  const auto result =
      sweep ? read_sweep_result(*store, *sweep, {.depth = statistics::AnswerDepth::means})
            : sweep.error();
  if (!result) {
    return context.fail(result.error());
  }
  const SweepEffects effects = effects_of(*result);
  if (context.wants_json()) {
    context.print_json(effects_json(*result, effects));
  } else {
    const LevelsLayout layout{
        output_columns(), 1000, context.out_style(), glyphs_of(context.environment)};
    context.streams.out << effects_text(effects, layout);
  }
  return ExitCode::done;
}

}  // namespace

Command effects_command() {
  return {"effects",
          "What each parameter does to the metric: shares of the differences between levels",
          "tarama effects cola-level",
          [](CLI::App& app) -> Action {
            const auto sweep = std::make_shared<std::string>("last");
            app.add_option("SWEEP", *sweep, sweep_help);
            return [sweep](const Context& context) { return print_effects(context, *sweep); };
          }};
}

}  // namespace tarama::cli
