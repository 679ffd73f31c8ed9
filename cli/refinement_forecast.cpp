// See refinement_forecast.hpp.
#include "cli/refinement_forecast.hpp"

#include "cli/text/number_text.hpp"
#include "core/statistics/zone_forecast.hpp"
#include "core/sweep/refinement_words.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/sqlite/level_evidence.hpp"
#include "db/sqlite/stage_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tarama::cli {
namespace {

using statistics::ZoneForecast;
using statistics::ZoneSuppositions;

statistics::IndifferenceZone zone_of(const Refinement& asked, Goal goal) {
  return {.goal = goal,
          .within = asked.until.value_or(1),
          .confidence = asked.confidence,
          .first = asked.first,
          .most = asked.most};
}

/// By means and spreads so far; nullopt where a level has no two values.
std::optional<ZoneSuppositions> suppositions_of(const std::vector<RefinedLevel>& levels,
                                                Goal goal) {
  ZoneSuppositions known;
  double squares = 0;
  for (const RefinedLevel& level : levels) {
    if (level.sample.values.size() < 2) {
      return std::nullopt;
    }
    const double mean = statistics::mean_of(level.sample);
    known.behind.push_back(goal == Goal::maximize ? -mean : mean);
    squares += statistics::variance_of(level.sample);
  }
  if (levels.empty()) {
    return std::nullopt;
  }
  const double best = *std::ranges::min_element(known.behind);
  for (double& behind : known.behind) {
    behind -= best;
  }
  // What seeds have in common would make it less.
  known.difference_variance = 2 * squares / static_cast<double>(levels.size());
  return known;
}

std::int64_t runs_planned(const std::vector<RefinedLevel>& levels) {
  std::int64_t runs = 0;
  for (const RefinedLevel& level : levels) {
    runs += static_cast<std::int64_t>(level.planned.size());
  }
  return runs;
}

void add_expected_runs(RefinementForecast& forecast,
                       const std::vector<RefinedLevel>& levels,
                       const Refinement& asked,
                       Goal goal) {
  const auto now = static_cast<std::int64_t>(forecast.first.more.size());
  if (asked.budget) {
    forecast.runs = forecast.runs_at_most = *asked.budget;
    return;
  }
  for (const RefinedLevel& level : levels) {
    forecast.runs_at_most +=
        std::max<std::int64_t>(asked.most - static_cast<std::int64_t>(level.planned.size()), 0);
  }
  if (forecast.first.runs_to_go) {
    forecast.runs = now + *forecast.first.runs_to_go;
  } else if (const auto known = suppositions_of(levels, goal)) {
    const ZoneForecast expected = statistics::forecast_zone(*known, zone_of(asked, goal));
    forecast.runs = std::max(expected.runs_wanted - runs_planned(levels), now);
  }
}

}  // namespace

Result<RefinementForecast> forecast_refinement(const db::ReadStore& store,
                                               const db::SweepInfo& sweep,
                                               const Refinement& asked) {
  const auto levels = store.levels(sweep.sweep);
  const auto runs = levels ? store.runs(sweep.sweep) : levels.error();
  const auto majority = runs ? store.majority_accuracy(sweep.sweep) : runs.error();
  const auto spec = majority ? sweep_spec_from_json(sweep.spec) : majority.error();
  if (!spec) {
    return spec.error();
  }
  std::map<LevelId, std::set<std::int64_t>> seeds;
  for (const db::RunInfo& run : *runs) {
    seeds[run.plan.level].insert(run.plan.seed);
  }
  const statistics::AnswerRules rules = db::rules_for(sweep.metric, *levels, *majority);
  std::vector<RefinedLevel> refined;
  for (const statistics::LevelEvidence& level : db::evidence_of(*levels)) {
    refined.push_back({.sample = statistics::sample_of(level.outcome, rules),
                       .planned = seeds[level.outcome.level]});
  }
  RefinementForecast forecast{
      .first = next_round({.asked = asked, .runs_before = sweep.account.planned},
                          refined,
                          {.goal = sweep.metric.goal,
                           .resolution = rules.comparison.resolution,
                           .first_seed = spec->seed}),
      .levels = static_cast<std::int64_t>(refined.size())};
  add_expected_runs(forecast, refined, asked, sweep.metric.goal);
  return forecast;
}

std::string expectation(const Refinement& asked, const RefinementForecast& forecast) {
  if (forecast.first.is_done) {
    return "no further runs are needed: " + forecast.first.outcome;
  }
  if (asked.budget) {
    return counted(*asked.budget, "run");
  }
  const auto now = static_cast<std::int64_t>(forecast.first.more.size());
  const std::string at_most = count_text(forecast.runs_at_most);
  if (!forecast.runs) {
    return fmt::format(
        "{} first, so that every level has {} seeds; then as many as it takes, {} at most in all",
        counted(now, "run"),
        asked.first,
        at_most);
  }
  if (*forecast.runs > forecast.runs_at_most) {
    return fmt::format(
        "{} at most (--most {}); by the values so far it would take about {}, so it may end "
        "without "
        "an answer",
        counted(forecast.runs_at_most, "run"),
        asked.most,
        count_text(*forecast.runs));
  }
  return fmt::format("about {}, {} at most", counted(*forecast.runs, "run"), at_most);
}

std::string price_of_promise(const Refinement& asked, const std::vector<RefinementStage>& before) {
  if (!asked.until) {
    return "";
  }
  constexpr double tied = 0.05;  // of `levels`, unless it is asked otherwise
  double alpha = tied + (1 - asked.confidence);
  std::int64_t stages = 0;
  for (const RefinementStage& stage : before) {
    if (stage.asked.until) {
      alpha += 1 - stage.asked.confidence;
      ++stages;
    }
  }
  const std::string others =
      stages == 0
          ? std::string("the tied levels")
          : fmt::format("the tied levels and {} before",
                        stages == 1 ? "the refinement" : fmt::format("the {} refinements", stages));
  return fmt::format(
      "its promise holds with {:.3g} % by itself; together with {}, all of them with at least "
      "{:.3g} %",
      100 * asked.confidence,
      others,
      100 * std::max(0.0, 1 - alpha));
}

std::string refinement_left_out(const Context& context,
                                SweepId sweep,
                                const std::optional<Refinement>& asked) {
  if (!asked) {
    return "";
  }
  const auto store = db::ReadStore::open(context.folder().database());
  const auto stages = store ? db::read_stages(*store, sweep) : store.error();
  const bool has_it = !stages || std::ranges::any_of(*stages, [&](const db::StageInfo& info) {
    return info.stage.asked == *asked;
  });
  return has_it ? ""  // a store that cannot be read is told of by whoever needs it
                : fmt::format(
                      "'replicates' of the file decide themselves, but this sweep was begun "
                      "without; to go on so: tarama refine --store {} {} {}",
                      shell_word(context.store().string()),
                      sweep,
                      refine_options(*asked));
}

FileForecast forecast_of_file(const Refinement& asked, std::int64_t levels, double spread) {
  const std::int64_t first = asked.first * levels;
  if (asked.budget) {
    const std::int64_t all = first + *asked.budget;
    return {.first = first, .expected = all, .most = all, .wanted = all};
  }
  // Levels of a sweep differ by more than luck, or nobody would sweep: by twice as much, say.
  const statistics::ZoneSuppositions usual{
      .behind = statistics::supposed_distances(levels, 2 * spread),
      .difference_variance = 2 * spread * spread};
  const ZoneForecast expected = statistics::forecast_zone(usual, zone_of(asked, Goal::maximize));
  return {.first = first,
          .expected = expected.runs,
          .most = std::max(asked.most, asked.first) * levels,
          .wanted = expected.runs_wanted};
}

std::string expectation_of_file(const Refinement& asked, const FileForecast& forecast) {
  if (asked.budget) {
    return fmt::format("{}: the first {} of every level, and {} where they tell most",
                       counted(forecast.expected, "run"),
                       counted(asked.first, "seed"),
                       count_text(*asked.budget));
  }
  return fmt::format(
      "about {}, from {} to {}: seeds for the levels that may be the best, until one is left that "
      "is within {} of it{}",
      counted(forecast.expected, "run"),
      count_text(forecast.first),
      count_text(forecast.most),
      short_number(asked.until.value_or(0)),
      forecast.wanted == forecast.expected
          ? ""
          : fmt::format("; that would take about {}, so it may end without one",
                        count_text(forecast.wanted)));
}

}  // namespace tarama::cli
