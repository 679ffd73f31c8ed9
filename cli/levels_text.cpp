// See levels_text.hpp.
#include "cli/levels_text.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "cli/text/text_width.hpp"
#include "core/sweep/refinement_words.hpp"
#include "documents/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

constexpr std::size_t narrowest_plot = 16;
constexpr std::size_t widest_plot = 64;

PlotRow plot_row(const RankedLevel& level) {
  PlotRow row;
  row.mean = level.answer.score.value_or(0);
  row.values = level.values;
  const auto& interval = level.answer.interval ? level.answer.interval : level.summary().ci95;
  if (interval) {
    row.low = interval->first;
    row.high = interval->second;
  }
  return row;
}

/// A column: how important it is (0: must be there), and its cell of a level.
struct LevelColumn {
  std::string title;
  Align align = Align::right;
  int rank = 0;
  std::function<std::string(const RankedLevel&)> cell{};
};

std::string mark_of(const SweepResult& result, const RankedLevel& level) {
  if (&level == result.best()) {
    return "best";
  }
  if (&level == result.cheapest_tied()) {
    return "cheapest";
  }
  return level.answer.compared.is_tied ? "tied" : "";
}

std::string interval_text(const RankedLevel& level) {
  const PlotRow row = plot_row(level);
  return row.low ? fmt::format("{} {}", metric_text(row.low), metric_text(row.high)) : "-";
}

std::string difference_text(const RankedLevel& level) {
  const auto& difference = level.answer.compared.difference;
  return difference ? (difference->mean < 0 ? "" : "+") + metric_text(difference->mean) : "-";
}

std::string share_text(const std::optional<double>& share) {
  return share ? fmt::format("{:.0f} %", 100 * *share) : "-";
}

/// Keys of the parameters, those that differ between levels or those that do not.
std::vector<std::string> keys_of(const SweepResult& result, bool that_differ) {
  std::vector<std::string> keys = result.parameters();
  std::erase_if(keys, [&](const std::string& key) {
    const auto value_in = [&](const RankedLevel& level) {
      return level.params.value(key, nlohmann::ordered_json());
    };
    const bool differs = std::ranges::any_of(result.levels, [&](const RankedLevel& level) {
      return value_in(level) != value_in(result.levels.front());
    });
    return differs != that_differ;
  });
  return keys;
}

/// A program's are not.
bool has_planned_steps(const SweepResult& result) {
  return std::ranges::any_of(
      result.levels, [](const RankedLevel& level) { return level.summary().steps_per_run > 0; });
}

std::vector<LevelColumn> columns_of(const SweepResult& result) {
  std::vector<LevelColumn> columns;
  columns.push_back(
      {"", Align::left, 0, [&result](const RankedLevel& level) { return mark_of(result, level); }});
  for (const std::string& key : keys_of(result, result.levels.size() > 1)) {
    columns.push_back({printable(key), Align::right, 0, [key](const RankedLevel& level) {
                         return value_text(level.params.value(key, nlohmann::ordered_json()));
                       }});
  }
  const bool is_maximum = result.sweep.metric.take == Take::best;
  columns.push_back(
      {is_maximum ? "mean of best" : "mean", Align::right, 0, [](const RankedLevel& level) {
         return metric_text(level.answer.score);
       }});
  columns.push_back({"to best other", Align::right, 3, difference_text});
  columns.push_back({"95 % interval", Align::right, 2, interval_text});
  columns.push_back({"sd", Align::right, 4, [](const RankedLevel& level) {
                       return metric_text(level.summary().sd);
                     }});
  columns.push_back({"p(best)", Align::right, 6, [](const RankedLevel& level) {
                       return share_text(level.answer.p_best);
                     }});
  columns.push_back({"runs", Align::right, 0, [](const RankedLevel& level) {
                       return fmt::format(
                           "{}/{}", level.summary().replicates, level.summary().planned);
                     }});
  const bool has_failed =
      std::any_of(result.levels.begin(), result.levels.end(), [](const RankedLevel& level) {
        return level.summary().failed > 0;
      });
  const bool has_stopped = std::ranges::any_of(
      result.levels, [](const RankedLevel& level) { return level.summary().stopped > 0; });
  if (has_stopped) {
    columns.push_back({"stopped", Align::right, 1, [](const RankedLevel& level) {
                         return count_text(level.summary().stopped);
                       }});
  }
  if (has_failed) {
    columns.push_back({"failed", Align::right, 1, [](const RankedLevel& level) {
                         return count_text(level.summary().failed);
                       }});
  }
  if (has_planned_steps(result)) {
    columns.push_back({"steps", Align::right, 5, [](const RankedLevel& level) {
                         return count_text(level.summary().steps_per_run);
                       }});
  }
  columns.push_back(
      {"time", Align::right, has_planned_steps(result) ? 7 : 5, [](const RankedLevel& level) {
         return level.seconds_per_run ? duration_text(*level.seconds_per_run) : "-";
       }});
  return columns;
}

using ShownLevels = std::span<const RankedLevel* const>;

/// Whether none of its runs was left to its own end: such a level says no more than its number.
bool is_given_up(const RankedLevel& level) {
  return !level.answer.score && level.summary().stopped > 0 &&
         level.summary().stopped >= level.summary().planned;
}

TextTable table_of(ShownLevels shown, const std::vector<LevelColumn>& columns) {
  TextTable table;
  for (const LevelColumn& column : columns) {
    table.columns.push_back({column.title, column.align});
  }
  for (const RankedLevel* const level : shown) {
    std::vector<std::string> row;
    for (const LevelColumn& column : columns) {
      row.push_back(column.cell(*level));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::size_t width_of(const TextTable& table) {
  std::size_t width = 0;
  for (const std::size_t column : widths_of(table)) {
    width += column + 2;
  }
  return width;
}

/// The columns that leave room for a plot; where even those that must be there leave none, these.
std::vector<LevelColumn> fitting_columns(const SweepResult& result,
                                         ShownLevels shown,
                                         std::size_t columns) {
  std::vector<LevelColumn> chosen = columns_of(result);
  while (width_of(table_of(shown, chosen)) + narrowest_plot > columns) {
    const auto least = std::max_element(
        chosen.begin(), chosen.end(), [](const LevelColumn& left, const LevelColumn& right) {
          return left.rank < right.rank;
        });
    if (least->rank == 0) {
      break;
    }
    chosen.erase(least);
  }
  return chosen;
}

/// Adds the column with the drawn intervals, if the table leaves room for it.
void add_plot(TextTable& table, const SweepResult& result, ShownLevels shown, std::size_t columns) {
  std::vector<PlotRow> rows;
  for (const RankedLevel& level : result.levels) {
    if (level.answer.score) {
      rows.push_back(plot_row(level));
    }
  }
  const std::size_t used = width_of(table);
  if (rows.empty() || used + narrowest_plot > columns) {
    return;
  }
  const PlotScale scale = scale_of(rows);
  const std::size_t width = std::min(widest_plot, columns - used);
  const std::string from = metric_text(scale.from) + " ";
  table.columns.push_back(
      {from + pad(metric_text(scale.to), width - from.size(), Align::right), Align::left});
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const RankedLevel& level = *shown[i];
    table.rows[i].push_back(level.answer.score ? interval_line(plot_row(level), scale, width)
                                               : "no value");
  }
}

/// The table's lines, those of tied levels painted.
std::string painted(const SweepResult& result,
                    ShownLevels shown,
                    const TextTable& table,
                    const TextStyle& style) {
  const auto widths = widths_of(table);
  std::vector<std::string> titles;
  for (const TableColumn& column : table.columns) {
    titles.push_back(column.title);
  }
  std::string text = style(Paint::bold, line_of(titles, table.columns, widths)) + "\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const RankedLevel& level = *shown[i];
    const std::string line = line_of(table.rows[i], table.columns, widths);
    if (&level == result.best()) {
      text += style(Paint::green, line) + "\n";
    } else if (level.answer.compared.is_tied) {
      text += line + "\n";
    } else {
      text += style(Paint::dim, line) + "\n";
    }
  }
  return text;
}

/// A line where the levels' numbers come from more than one arithmetic; else nothing.
std::string mix_line(const SweepResult& result) {
  std::vector<std::string> shares;
  for (const NumericsShare& share : result.numerics_mix()) {
    shares.push_back(fmt::format("{} by {} (numerics {})",
                                 counted(share.levels, "level"),
                                 printable(share.learner),
                                 share.numerics ? fmt::format("{}", *share.numerics) : "unknown"));
  }
  return shares.empty() ? ""
                        : fmt::format(
                              "numerics mix: {}; between them, means differ by more than "
                              "the parameters\n",
                              fmt::join(shares, ", "));
}

std::string account_line(const Account& account) {
  std::string line = fmt::format("{} of {} succeeded, {} failed, {} cancelled",
                                 count_text(account.succeeded),
                                 counted(account.planned, "run"),
                                 count_text(account.failed),
                                 count_text(account.cancelled));
  if (account.stopped > 0) {
    line += fmt::format(", {} stopped early, which are no results", count_text(account.stopped));
  }
  const std::int64_t open = account.pending + account.leased + account.running;
  return open == 0 ? line + "\n" : fmt::format("{}, {} to come\n", line, count_text(open));
}

/// How what has no result is tried again; nothing where all is well.
std::string retry_line(const SweepResult& result, const std::string& store) {
  // What diverged would diverge again.
  std::int64_t may_end_otherwise = result.sweep.account.failed;
  for (const RankedLevel& level : result.levels) {
    may_end_otherwise -= level.summary().diverged;
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

/// With one or two runs a level: what tells luck from merit, to be copied as it is.
std::string more_seeds_line(const SweepResult& result, const std::string& store) {
  const bool may_be_refined =
      result.sweep.state == SweepState::running || result.sweep.state == SweepState::finished;
  const auto asked = may_be_refined ? enough_seeds_for(result) : std::nullopt;
  return asked ? fmt::format("{} seeds for every level{}, {}: tarama refine --store {} {} {}\n",
                             asked->first,
                             result.sweep.account.stopped > 0 ? " that is left" : "",
                             counted(*asked->budget, "further run"),
                             shell_word(store),
                             result.sweep.sweep,
                             refine_options(*asked))
               : "";
}

}  // namespace

Glyphs glyphs_of(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const auto value = environment(name); value && !value->empty()) {
      std::string lower = *value;
      std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
      });
      const bool is_unicode =
          lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
      return is_unicode ? Glyphs::unicode : Glyphs::ascii;
    }
  }
  return Glyphs::unicode;
}

std::string levels_table(const SweepResult& result, const LevelsLayout& layout) {
  std::vector<const RankedLevel*> told;
  for (const RankedLevel& level : result.levels) {
    if (!is_given_up(level)) {
      told.push_back(&level);
    }
  }
  const std::size_t given_up = result.levels.size() - told.size();
  const ShownLevels shown(told.data(), std::min(told.size(), layout.most_levels));
  TextTable table = table_of(shown, fitting_columns(result, shown, layout.columns));
  add_plot(table, result, shown, layout.columns);
  std::vector<std::string> same;
  for (const std::string& key :
       result.levels.size() > 1 ? keys_of(result, false) : std::vector<std::string>{}) {
    same.push_back(
        fmt::format("{} {}",
                    printable(key),
                    value_text(result.levels.front().params.value(key, nlohmann::ordered_json()))));
  }
  std::string text = same.empty() ? "" : fmt::format("all with {}\n", fmt::join(same, ", "));
  text += painted(result, shown, table, layout.style);
  if (shown.size() < told.size()) {
    text += fmt::format(
        "… and {}\n", counted(static_cast<std::int64_t>(told.size() - shown.size()), "more level"));
  }
  if (given_up > 0) {
    text += fmt::format("… and {} whose runs were all stopped early\n",
                        counted(static_cast<std::int64_t>(given_up), "level"));
  }
  return layout.glyphs == Glyphs::ascii ? in_ascii(text) : text;
}

std::string answer_text(const SweepResult& result,
                        const std::string& store,
                        const LevelsLayout& layout) {
  std::string text =
      layout.style(Paint::bold, wrapped(answer_sentence(result), layout.columns)) + "\n\n";
  text += levels_table(result, layout) + "\n";
  for (const std::string& note : answer_notes(result)) {
    text += wrapped(note, layout.columns) + "\n";
  }
  text += mix_line(result) + more_seeds_line(result, store) + account_line(result.sweep.account) +
          retry_line(result, store);
  text += layout.style(
      Paint::dim,
      fmt::format("more: tarama query --store {} \"SELECT * FROM results WHERE sweep_id = {}\"",
                  shell_word(store),
                  result.sweep.sweep));
  text += "\n";
  return layout.glyphs == Glyphs::ascii ? in_ascii(text) : text;
}

}  // namespace tarama::cli
