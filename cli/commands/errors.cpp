// `tarama errors SWEEP`: the texts that runs get wrong most, and which classes are confused.
#include "cli/command.hpp"
#include "cli/example_errors.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "core/sweep/enum_names.hpp"
#include "documents/sweep_result.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace tarama::cli {
namespace {

struct ErrorsOptions {
  std::string sweep = "last";
  std::string level;
  std::string split = "eval";
  std::size_t limit = 10;
};

/// A level by its number, or `best`.
Result<std::optional<LevelId>> find_level(const db::ReadStore& store,
                                          SweepId sweep,
                                          const std::string& word) {
  if (word.empty()) {
    return std::optional<LevelId>();
  }
  if (word == "best") {
    const auto result = read_sweep_result(store, sweep);
    if (!result) {
      return result.error();
    }
    const RankedLevel* const best = result->best();
    if (best == nullptr) {
      return Error{Errc::not_found, "no level has a succeeded run yet: there is no best one"};
    }
    return std::optional(best->summary().level);
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const auto levels = store.levels(sweep);
  if (!levels) {
    return levels.error();
  }
  const bool is_there = std::ranges::any_of(
      *levels, [&](const db::LevelInfo& info) { return info.level.value == number; });
  if (error != std::errc() || end != word.data() + word.size() || !is_there) {
    return Error{
        Errc::not_found,
        fmt::format(
            "--level {}: expected `best` or a level's number, 1 to {}", word, levels->size())};
  }
  return std::optional(LevelId{number});
}

std::string shown_text(const MissedExample& missed) {
  return printable(missed.second_text.empty() ? missed.text
                                              : missed.text + " | " + missed.second_text);
}

TextTable table_of(const ExampleErrors& errors, std::size_t limit) {
  TextTable table;
  table.columns = {{"wrong", Align::right},
                   {"", Align::left},
                   {"line", Align::right},
                   {"label", Align::left},
                   {"taken for", Align::left},
                   {"text", Align::left}};
  for (const MissedExample& missed :
       std::span(errors.missed).first(std::min(limit, errors.missed.size()))) {
    const double share = static_cast<double>(missed.wrong) / static_cast<double>(missed.runs);
    table.rows.push_back(
        {fmt::format("{}/{}", missed.wrong, missed.runs),
         bar(share, 6),
         missed.line > 0 ? count_text(missed.line) : fmt::format("#{}", missed.example),
         printable(missed.label),
         printable(missed.predicted),
         shown_text(missed)});
  }
  return table;
}

/// The last column takes what the others leave.
std::string fitted(TextTable table, std::size_t columns, const TextStyle& style) {
  std::size_t others = 0;
  const std::vector<std::size_t> widths = widths_of(table);
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    others += widths[i] + 2;
  }
  for (std::vector<std::string>& row : table.rows) {
    row.back() = fit(row.back(), columns > others + 20 ? columns - others : 20);
  }
  return to_text(table, style);
}

std::string confusions_text(const ExampleErrors& errors, const TextStyle& style) {
  TextTable table;
  table.columns = {
      {"label"}, {"taken for"}, {"share", Align::right}, {""}, {"predictions", Align::right}};
  constexpr std::size_t most = 10;
  for (const Confusion& confusion :
       std::span(errors.confusions).first(std::min(most, errors.confusions.size()))) {
    const double share = static_cast<double>(confusion.count) / static_cast<double>(confusion.of);
    table.rows.push_back({printable(confusion.label),
                          printable(confusion.predicted),
                          fmt::format("{:.1f} %", 100 * share),
                          bar(share, 10),
                          count_text(confusion.count)});
  }
  return to_text(table, style);
}

void print_errors(const Context& context, const ExampleErrors& errors, std::size_t limit) {
  const TextStyle style = context.out_style();
  const auto mostly = std::ranges::count_if(
      errors.missed, [](const MissedExample& missed) { return 2 * missed.wrong > missed.runs; });
  const auto always = std::ranges::count_if(
      errors.missed, [](const MissedExample& missed) { return missed.wrong == missed.runs; });
  context.streams.out << fmt::format("Of {}, {} {} wrong in most of {}, {} in every one.\n",
                                     counted(errors.examples, "text"),
                                     count_text(mostly),
                                     mostly == 1 ? "is" : "are",
                                     counted(errors.runs, "run"),
                                     count_text(always));
  if (!errors.missed.empty()) {
    context.streams.out << '\n' << fitted(table_of(errors, limit), output_columns(), style);
    if (!errors.file.empty()) {
      context.streams.out << fmt::format("lines are those of {}\n", printable(errors.file));
    }
    context.streams.out << '\n' << confusions_text(errors, style);
  }
  if (!errors.no_texts.empty()) {
    context.note(fmt::format("texts are not shown: {}", errors.no_texts));
  }
}

ExitCode errors(const Context& context, const ErrorsOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return context.fail(store.error());
  }
  const auto sweep = store->find_sweep(options.sweep);
  if (!sweep) {
    return context.fail(sweep.error());
  }
  const auto level = find_level(*store, *sweep, options.level);
  if (!level) {
    return context.fail(level.error());
  }
  const ErrorQuestion question{.sweep = *sweep,
                               .level = *level,
                               .split = options.split == "test" ? Split::test : Split::eval};
  const auto found = read_example_errors(*store, question);
  if (!found) {
    return context.fail(found.error());
  }
  if (context.wants_json()) {
    context.print_json(errors_json(question, *found, options.limit));
  } else {
    print_errors(context, *found, options.limit);
  }
  return ExitCode::done;
}

}  // namespace

Command errors_command() {
  return {
      "errors",
      "The texts that a sweep's runs get wrong most, and which classes are confused",
      "tarama errors cola-level --level best",
      [](CLI::App& app) -> Action {
        const auto options = std::make_shared<ErrorsOptions>();
        app.add_option("SWEEP", options->sweep, sweep_help);
        app.add_option("--level",
                       options->level,
                       "Of the runs of one level: its number in `tarama levels`, or best; "
                       "default: of all")
            ->type_name("LEVEL");
        app.add_option("--split", options->split, "eval (the default) or test")
            ->type_name("SPLIT")
            ->check(CLI::IsMember({"eval", "test"}));
        app.add_option("--limit", options->limit, "How many texts; default: 10")->type_name("N");
        return [options](const Context& context) { return errors(context, *options); };
      }};
}

}  // namespace tarama::cli
