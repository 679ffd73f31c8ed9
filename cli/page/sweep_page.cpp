// See sweep_page.hpp.
#include "cli/page/sweep_page.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/command.hpp"
#include "cli/failure_summary.hpp"
#include "cli/text/number_text.hpp"
#include "core/sweep/refinement_words.hpp"
#include "documents/effects_document.hpp"
#include "documents/levels_document.hpp"
#include "documents/reported_names.hpp"
#include "documents/run_document.hpp"
#include "documents/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

ordered_json level_number(const RankedLevel* level) {
  return level == nullptr ? ordered_json() : ordered_json(level->summary().level.value);
}

/// Each LEVEL stands in it once: among thousands, copies would be most of the document.
ordered_json levels_part(const SweepResult& result) {
  ordered_json document = levels_json(result);
  document["answer"] = answer_sentence(result);
  document["best"] = level_number(result.best());
  document["cheapest_tied"] = level_number(result.cheapest_tied());
  document["tied"] = ordered_json::array();
  for (const RankedLevel* level : result.tied()) {
    document["tied"].push_back(level_number(level));
  }
  return document;
}

bool has_command(std::string_view name) {
  const std::vector<Command> commands = all_commands();
  return std::ranges::find(commands, name, &Command::name) != commands.end();
}

/// As `levels` says it; where every level has seeds enough, a round of two more for each that may
/// be the best, and not so many that nobody would wait for them.
Refinement asked_first(const SweepResult& result) {
  constexpr std::int64_t most = 100;
  const auto tied = static_cast<std::int64_t>(result.tied_places.size());
  return enough_seeds_for(result).value_or(
      Refinement{.budget = std::min(2 * tied, most), .first = 3});
}

ordered_json next_steps(const Context& context, const SweepResult& result) {
  ordered_json steps = ordered_json::array();
  const auto add = [&](std::string_view what, std::string_view words) {
    steps.push_back(
        {{"what", what},
         {"command",
          fmt::format("tarama {} --store {}", words, shell_word(context.store().string()))}});
  };
  const std::int64_t sweep = result.sweep.sweep.value;
  const Account& account = result.sweep.account;
  if (result.is_provisional()) {
    add("Follow it in a terminal", fmt::format("watch {}", sweep));
  }
  if (account.failed > 0) {
    add("Train the failed runs again", fmt::format("retry {} --failed", sweep));
  }
  const bool is_open = result.tied_places.size() > 1 && !result.is_provisional();
  if (is_open && has_command("refine")) {
    add("Add replicates where they decide",
        fmt::format("refine {} {}", sweep, refine_options(asked_first(result))));
  }
  if (!result.is_provisional() && has_command("suggest")) {
    add("Ask for the next sweep", fmt::format("suggest {}", sweep));
  }
  add("See the same in a terminal", fmt::format("levels {}", sweep));
  return steps;
}

}  // namespace

Result<ordered_json> sweep_page_json(const Context& context,
                                     const db::ReadStore& store,
                                     const SweepResult& result) {
  const auto failures = read_failures(store, context.folder(), result.sweep.sweep);
  if (!failures) {
    return failures.error();
  }
  // What a person may choose from; a program may report a thousand.
  constexpr std::size_t most_numbers = 200;
  const auto numbers = reported_names(store, result.sweep, most_numbers);
  if (!numbers) {
    return numbers.error();
  }
  ordered_json notes = ordered_json::array();
  for (std::string& note : answer_notes(result)) {
    notes.push_back(std::move(note));
  }
  ordered_json page = {{"sweep", sweep_json(result.sweep)},
                       {"levels", levels_part(result)},
                       {"notes", std::move(notes)},
                       {"effects", effects_json(result, effects_of(result))},
                       {"failures", failures_json(*failures)},
                       {"next", next_steps(context, result)},
                       {"numbers", *numbers},
                       {"yaml", result.sweep.yaml}};
  return Result<ordered_json>(Result<ordered_json>::in_place_value, std::move(page));
}

}  // namespace tarama::cli
