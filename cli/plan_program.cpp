// See plan_program.hpp.
#include "cli/plan_program.hpp"

#include "cli/plan_estimate.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_table.hpp"
#include "core/search/rung_book.hpp"
#include "core/search/stop_rules.hpp"
#include "core/sweep/argument_template.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_levels_shown = 40;  // a screenful; --json has them all

std::vector<std::string> program_arguments(const orchestrator::CheckedSubmission& sweep,
                                           const Level& level) {
  ArgumentValues values = argument_values(params_json(level.params)).value();
  values[std::string(seed_argument)] = fmt::format("{}", sweep.submission.spec.seed);
  values[std::string(run_dir_argument)] = "RUN_DIR";
  return fill_arguments(sweep.submission.spec.program->command, values);
}

std::int64_t runs_in(const orchestrator::CheckedSubmission& sweep) {
  return planned_levels(sweep) * sweep.submission.spec.replicates;
}

std::string program_levels_table(const orchestrator::CheckedSubmission& sweep,
                                 const TextStyle& style) {
  TextTable table;
  table.columns = parameter_columns(sweep.submission.spec);
  for (const Level& level : sweep.levels) {
    if (table.rows.size() == most_levels_shown) {
      break;
    }
    table.rows.push_back(parameter_cells(sweep.submission.spec, level));
  }
  std::string text = to_text(table, style);
  if (sweep.levels.size() > table.rows.size()) {
    text += fmt::format(
        "… and {}\n",
        counted(static_cast<std::int64_t>(sweep.levels.size() - table.rows.size()), "more level"));
  }
  return text + later_levels_line(sweep);
}

}  // namespace

std::vector<TableColumn> parameter_columns(const SweepSpec& spec) {
  std::vector<TableColumn> columns;
  for (const Axis& axis : spec.parameters) {
    columns.push_back({printable(axis.key), Align::right});
  }
  return columns;
}

std::vector<std::string> parameter_cells(const SweepSpec& spec, const Level& level) {
  std::vector<std::string> cells;
  for (const Axis& axis : spec.parameters) {
    const auto param = std::ranges::find(level.params, axis.key, &LevelParams::value_type::first);
    cells.push_back(param == level.params.end()
                        ? "-"
                        : value_text(ordered_json::parse(json_of(param->second))));
  }
  return cells;
}

std::string command_of(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  std::vector<std::string> words;
  std::ranges::transform(program_arguments(sweep, level), std::back_inserter(words), shell_word);
  return fmt::format("{}", fmt::join(words, " "));
}

ordered_json warnings_json(const std::vector<config::ConfigWarning>& warnings) {
  ordered_json document = ordered_json::array();
  for (const config::ConfigWarning& warning : warnings) {
    document.push_back({{"code", warning.code},
                        {"message", warning.message},
                        {"line", warning.line > 0 ? ordered_json(warning.line) : nullptr}});
  }
  return document;
}

/// The rules that give a run up, one a line.
std::string stop_lines(const SweepSpec& spec) {
  std::string text;
  for (const StopRule& rule : spec.stop_when) {
    text += fmt::format("  {}    {}\n", text.empty() ? "stop" : "    ", printable(words_of(rule)));
  }
  return text;
}

/// Where runs are compared, and what comes of it at best.
std::string rung_lines(const SweepSpec& spec) {
  if (!spec.rungs) {
    return "";
  }
  const auto least = least_share(*spec.rungs);
  if (!spec.rungs->restart.empty()) {
    return fmt::format(
        "  rungs   {}: the best one in {} are trained again, from the beginning{}\n"
        "          about {:.0f} % of what whole runs of all levels would take\n",
        printable(words_of_rungs(spec)),
        spec.rungs->eta,
        spec.rungs->brackets > 1 ? fmt::format(", in {} brackets", spec.rungs->brackets) : "",
        100 * least.value_or(1));
  }
  std::string text = fmt::format(
      "  rungs   {}: one in {} goes on{}\n",
      words_of_rungs(spec),
      spec.rungs->eta,
      spec.rungs->brackets > 1 ? fmt::format(", in {} brackets", spec.rungs->brackets) : "");
  if (least) {
    text += fmt::format(
        "          at most all steps are trained; where no more go on than that, {:.0f} %\n",
        100 * *least);
  }
  return text;
}

std::string order_line(const SweepSpec& spec) {
  const bool is_listed =
      spec.order == OrderBy::as_listed || (spec.program && spec.order == OrderBy::longest_first);
  std::string which = std::string(name_of(is_listed ? OrderBy::as_listed : spec.order));
  std::ranges::replace(which, '_', ' ');
  return fmt::format("  order   {}{}\n",
                     which,
                     spec.replicates > 1 ? ", one seed of every level before the next" : "") +
         rung_lines(spec) + stop_lines(spec);
}

ordered_json rungs_json(const SweepSpec& spec) {
  if (!spec.rungs) {
    return nullptr;
  }
  const auto least = least_share(*spec.rungs);
  return {
      {"eta", spec.rungs->eta},
      {"at", rung_places(*spec.rungs)},
      {"brackets", spec.rungs->brackets},
      {"restart", spec.rungs->restart.empty() ? ordered_json() : ordered_json(spec.rungs->restart)},
      {"least_share", least ? ordered_json(*least) : ordered_json()}};
}

ordered_json program_plan_json(const orchestrator::CheckedSubmission& sweep) {
  ordered_json grid = ordered_json::array();
  for (const Level& level : sweep.levels) {
    grid.push_back({{"params", ordered_json::parse(params_json(level.params))},
                    {"learner", program_learner},
                    {"command", program_arguments(sweep, level)}});
  }
  const SweepSpec& spec = sweep.submission.spec;
  return {{"name", spec.name},
          {"runs", runs_in(sweep)},
          {"levels", planned_levels(sweep)},
          {"replicates", spec.replicates},
          {"order", name_of(spec.order)},
          {"rungs", rungs_json(spec)},
          {"folder", spec.program->folder},
          {"warnings", warnings_json(sweep.warnings)},
          {"grid", std::move(grid)}};
}

std::string program_plan_text(const orchestrator::CheckedSubmission& sweep,
                              std::int64_t workers,
                              const TextStyle& style) {
  const SweepSpec& spec = sweep.submission.spec;
  std::string text = fmt::format("{}: {} × {} = {}\n",
                                 style(Paint::bold, printable(spec.name)),
                                 counted(planned_levels(sweep), "level"),
                                 counted(spec.replicates, "replicate"),
                                 counted(runs_in(sweep), "run"));
  text += fmt::format("  first   {}\n", printable(command_of(sweep, sweep.levels.front())));
  text += fmt::format("  folder  {}\n", printable(spec.program->folder));
  text += fmt::format(
      "  metric  {}, {}\n",
      printable(spec.metric.program_name),
      spec.metric.goal == Goal::maximize ? "the higher the better" : "the lower the better");
  text += order_line(spec);
  text += fmt::format("  time    {} at a time; how long one takes only the program knows\n\n",
                      counted(workers, "run"));
  return text + program_levels_table(sweep, style);
}

}  // namespace tarama::cli
