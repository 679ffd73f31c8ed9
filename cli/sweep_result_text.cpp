// The answer of a sweep as people read it: a table with intervals, and a sentence.
#include "cli/sweep_result.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

constexpr std::size_t narrowest_plot = 16;
constexpr std::size_t widest_plot = 48;

PlotRow plot_row(const RankedLevel& level) {
  PlotRow row;
  row.mean = level.summary.mean.value_or(0);
  row.values = level.values;
  if (level.summary.ci95) {
    row.low = level.summary.ci95->first;
    row.high = level.summary.ci95->second;
  }
  return row;
}

std::vector<std::string> keys_of(const SweepResult& result) {
  std::vector<std::string> keys;
  if (!result.levels.empty()) {
    for (const auto& [key, value] : result.levels.front().params.items()) {
      keys.push_back(key);
    }
  }
  return keys;
}

TextTable table_without_plot(const SweepResult& result, std::size_t shown) {
  TextTable table;
  const auto keys = keys_of(result);
  for (const std::string& key : keys) {
    table.columns.push_back({printable(key), Align::right});
  }
  for (const char* title : {"mean", "sd", "95 % interval", "runs", "failed", "steps"}) {
    table.columns.push_back({title, Align::right});
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const RankedLevel& level = result.levels[i];
    const LevelSummary& summary = level.summary;
    std::vector<std::string> row;
    for (const std::string& key : keys) {
      row.push_back(value_text(level.params.value(key, nlohmann::ordered_json())));
    }
    row.push_back(metric_text(summary.mean));
    row.push_back(metric_text(summary.sd));
    row.push_back(summary.ci95
                      ? fmt::format("{:.4f} {:.4f}", summary.ci95->first, summary.ci95->second)
                      : "-");
    row.push_back(fmt::format("{}/{}", summary.replicates, summary.planned));
    row.push_back(count_text(summary.failed));
    row.push_back(count_text(summary.steps_per_run));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Adds the column with the drawn intervals, if the table leaves room for it.
void add_plot(TextTable& table, const SweepResult& result, std::size_t columns) {
  const std::string bare = to_text(table, TextStyle(ColourUse::none));
  std::size_t used = 2;
  for (std::size_t from = 0; from < bare.size();) {
    const std::size_t end = bare.find('\n', from);
    used = std::max(used, display_width(bare.substr(from, end - from)) + 2);
    from = end + 1;
  }
  std::vector<PlotRow> rows;
  for (const RankedLevel& level : result.levels) {
    if (level.summary.mean) {
      rows.push_back(plot_row(level));
    }
  }
  if (rows.empty() || used + narrowest_plot > columns) {
    return;
  }
  const PlotScale scale = scale_of(rows);
  const std::size_t width = std::min(widest_plot, columns - used);
  const std::string from = metric_text(scale.from);
  table.columns.push_back(
      {from + pad(metric_text(scale.to), width - from.size(), Align::right), Align::left});
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const RankedLevel& level = result.levels[i];
    table.rows[i].push_back(level.summary.mean ? interval_line(plot_row(level), scale, width)
                                               : "no value");
  }
}

std::string certainty_of(const LevelSummary& summary) {
  if (!summary.ci95) {
    return "one run; how sure that is, only more replicates can say";
  }
  return fmt::format("mean of {} runs, 95 % interval {:.4f} to {:.4f}",
                     summary.replicates,
                     summary.ci95->first,
                     summary.ci95->second);
}

/// A line where the levels' numbers come from more than one arithmetic; else nothing.
std::string mix_line(const SweepResult& result) {
  std::vector<std::string> shares;
  for (const NumericsShare& share : result.numerics_mix()) {
    shares.push_back(
        fmt::format("{} by {} (numerics {})",
                    share.levels == 1 ? "1 level" : count_text(share.levels) + " levels",
                    printable(share.learner),
                    share.numerics ? fmt::format("{}", *share.numerics) : "unknown"));
  }
  return shares.empty() ? ""
                        : fmt::format(
                              "numerics mix: {}; between them, means differ by more than "
                              "the parameters\n",
                              fmt::join(shares, ", "));
}

/// How what has no result is tried again; nothing where all is well.
std::string retry_line(const SweepResult& result, const std::string& store) {
  // What diverged would diverge again.
  std::int64_t may_end_otherwise = result.sweep.account.failed;
  for (const RankedLevel& level : result.levels) {
    may_end_otherwise -= level.summary.diverged;
  }
  const std::string command =
      fmt::format("tarama retry --store {} {}", shell_word(store), result.sweep.sweep);
  std::string text;
  if (result.sweep.state == SweepState::cancelled) {
    text += fmt::format("the sweep was cancelled; what was cut short or failed is run by: {}\n",
                        command);
  } else if (may_end_otherwise > 0) {
    text += fmt::format("what failed is run again by: {} --failed\n", command);
  }
  return text;
}

}  // namespace

std::string levels_text(const SweepResult& result, const LevelsLayout& layout) {
  const std::size_t shown = std::min(result.levels.size(), layout.most_levels);
  TextTable table = table_without_plot(result, shown);
  add_plot(table, result, layout.columns);
  std::string text = to_text(table, layout.style);
  if (shown < result.levels.size()) {
    text += fmt::format("… and {} more levels\n", result.levels.size() - shown);
  }
  return text;
}

std::string winner_text(const SweepResult& result,
                        const std::string& store,
                        const TextStyle& style) {
  std::string text;
  if (const RankedLevel* best = result.best(); best != nullptr) {
    text += fmt::format("{} {}\n  {} {} ({}); {} steps a run\n",
                        style(Paint::green, "best level:"),
                        style(Paint::bold, params_line(best->params)),
                        metric_name(result.sweep.metric),
                        metric_text(best->summary.mean),
                        certainty_of(best->summary),
                        count_text(best->summary.steps_per_run));
    const RankedLevel* cheapest = result.cheapest_tied();
    if (cheapest != best && cheapest != nullptr) {
      text += fmt::format("  cheapest that is as good: {}, {} steps a run\n",
                          params_line(cheapest->params),
                          count_text(cheapest->summary.steps_per_run));
    }
  } else {
    text += "no level has a result yet\n";
  }
  text += mix_line(result);
  const Account& account = result.sweep.account;
  text += fmt::format("{} of {} runs succeeded, {} failed, {} cancelled\n",
                      count_text(account.succeeded),
                      count_text(account.planned),
                      count_text(account.failed),
                      count_text(account.cancelled));
  text += retry_line(result, store);
  text += style(
      Paint::dim,
      fmt::format("more: tarama query --store {} \"SELECT * FROM results WHERE sweep_id = {}\"",
                  shell_word(store),
                  result.sweep.sweep));
  return text + "\n";
}

}  // namespace tarama::cli
