// First whether the runs say anything, then where the best level lies.
#include "documents/suggestion.hpp"

#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;
using statistics::Certainty;

// Fewer do not know their own spread: docs/STATISTICS.md shows how wide two make everything.
constexpr std::int64_t fewest_seeds = 3;
// What one round of more seeds should bring: the tied set of 5 is a third of that of 3.
constexpr std::int64_t enough_seeds = 5;

ParameterValue parameter_of(const ordered_json& json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_integer()) {
    return json.get<std::int64_t>();
  }
  return json.is_number() ? ParameterValue(json.get<double>())
                          : ParameterValue(json.is_string() ? json.get<std::string>() : "");
}

/// Numbers compare as numbers: 0 and 0.0 are one value of a rate.
bool is_same(const ParameterValue& left, const ParameterValue& right) {
  const auto a = number_of(left);
  const auto b = number_of(right);
  return a && b ? *a == *b : left == right;
}

void add_value(std::vector<ParameterValue>& values, const ParameterValue& value) {
  if (std::ranges::none_of(values, [&](const auto& known) { return is_same(known, value); })) {
    values.push_back(value);
  }
}

/// By the parameters of the best level; what other levels have besides is none of its axes.
std::vector<TriedParameter> tried_in(const SweepResult& result) {
  std::vector<TriedParameter> tried;
  for (const auto& [key, value] : result.best()->params.items()) {
    TriedParameter parameter{.key = key,
                             .values = {},
                             .best = parameter_of(value),
                             .tied = {},
                             .is_of_program = result.sweep.metric.name == MetricName::reported};
    for (const RankedLevel& level : result.levels) {
      if (const auto found = level.params.find(key); found != level.params.end()) {
        add_value(parameter.values, parameter_of(*found));
        if (level.answer.compared.is_tied || &level == result.best()) {
          add_value(parameter.tied, parameter_of(*found));
        }
      }
    }
    // In the file's order: levels are listed best first.
    const auto in_order = [](const ParameterValue& left, const ParameterValue& right) {
      const auto a = number_of(left);
      const auto b = number_of(right);
      return a && b ? *a < *b : left < right;
    };
    std::ranges::sort(parameter.values, in_order);
    std::ranges::sort(parameter.tied, in_order);
    tried.push_back(std::move(parameter));
  }
  return tried;
}

std::string reason_of(const NextAxis& axis, const TriedParameter& tried) {
  const std::string best = text_of(tried.best);
  switch (axis.move) {
    case GridMove::below:
      return fmt::format("{} {} is the lowest tried; the optimum may lie below", tried.key, best);
    case GridMove::above:
      return fmt::format("{} {} is the highest tried; the optimum may lie above", tried.key, best);
    case GridMove::between:
      return fmt::format(
          "{} {} is best; the optimum may lie between it and its neighbours", tried.key, best);
    case GridMove::at_its_limit:
      return fmt::format(
          "{} {} is on the edge of what was tried, and nothing lies beyond", tried.key, best);
    case GridMove::stays:
      return axis.axis.values.size() < tried.values.size()
                 ? fmt::format(
                       "{}: values of levels that are told apart from the best are left out",
                       tried.key)
                 : "";
  }
  return "";
}

void take_grid(Suggestion& suggestion,
               const std::vector<NextAxis>& grid,
               const std::vector<TriedParameter>& tried) {
  for (std::size_t i = 0; i < grid.size(); ++i) {
    suggestion.axes.push_back(grid[i].axis);
    if (std::string reason = reason_of(grid[i], tried[i]); !reason.empty()) {
      suggestion.reasons.push_back(std::move(reason));
    }
  }
}

/// To one significant digit, upwards: 0.0137 is 0.02.
double rounded_up(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)));
  return std::strtod(fmt::format("{:.0e}", std::ceil(value / unit - 1e-9) * unit).c_str(), nullptr);
}

/// The spread over seeds of the level in the middle; nullopt: none has two values.
std::optional<double> usual_spread(const SweepResult& result) {
  std::vector<double> spreads;
  for (const RankedLevel& level : result.levels) {
    if (level.summary().sd) {
      spreads.push_back(*level.summary().sd);
    }
  }
  if (spreads.empty()) {
    return std::nullopt;
  }
  std::ranges::sort(spreads);
  return spreads[spreads.size() / 2];
}

/// A difference that does not matter, and why it does not.
struct SmallDifference {
  double within = 0;
  std::string why;
};

SmallDifference small_difference(const SweepResult& result) {
  const double spread = usual_spread(result).value_or(0);
  const double evaluation = result.evaluation_error.value_or(0);
  if (evaluation >= spread / 2 && evaluation > 0) {
    const double within = rounded_up(evaluation);
    return {within,
            fmt::format("{} is about the standard error that the size of the evaluation set leaves "
                        "in a value: on other texts less than that means nothing",
                        within)};
  }
  const double within = rounded_up(std::max(spread / 2, 1e-6));
  return {within, fmt::format("{} is about half of what seeds make of a level", within)};
}

Suggestion more_seeds(const std::string& reason, const Refinement& asked) {
  Suggestion suggestion{.step = NextStep::more_seeds, .reasons = {reason}};
  suggestion.refine = asked;
  return suggestion;
}

}  // namespace

std::optional<Refinement> enough_seeds_for(const SweepResult& result) {
  if (result.certainty != Certainty::one_replicate &&
      (result.certainty != Certainty::two_replicates || result.tied_places.size() < 2)) {
    return std::nullopt;
  }
  Refinement asked{.budget = 0, .first = enough_seeds};
  for (const RankedLevel& level : result.levels) {
    // The levels that `refine` takes: what mostly fails gets nothing more.
    if (level.answer.compared_values > 0 && !level.answer.is_thin) {
      *asked.budget += std::max<std::int64_t>(enough_seeds - level.summary().planned, 0);
    }
  }
  return *asked.budget > 0 ? std::optional(asked) : std::nullopt;
}

Suggestion suggestion_for(const SweepResult& result, std::int64_t planned) {
  const std::vector<TriedParameter> tried = tried_in(result);
  const std::int64_t replicates = std::max(planned, fewest_seeds);
  if (const auto asked = enough_seeds_for(result)) {
    return more_seeds(
        fmt::format("with {} a level luck cannot be told from merit: the same levels with {} seeds",
                    result.certainty == Certainty::one_replicate ? "one run"
                    : result.has_single()                        ? "at most two runs"
                                                                 : "two runs",
                    asked->first),
        *asked);
  }
  if (result.certainty == Certainty::one_replicate) {
    return {.step = NextStep::nothing,
            .reasons = {"luck cannot be told from merit before the replicates that are planned are "
                        "there"}};
  }
  Suggestion suggestion{.step = NextStep::grid, .reasons = {}, .replicates = replicates};
  if (const auto beyond = grid_beyond(tried); has_new_values(beyond)) {
    take_grid(suggestion, beyond, tried);
    return suggestion;
  }
  if (result.tied_places.size() > 1) {
    const SmallDifference small = small_difference(result);
    Suggestion until_one = more_seeds(
        fmt::format(
            "{} levels are not told apart: more seeds for those that may be the best, until "
            "one is left that is within {} of it",
            result.tied_places.size(),
            small.within),
        {.until = small.within});
    until_one.reasons.push_back(small.why);
    return until_one;
  }
  if (const auto between = grid_between(tried); has_new_values(between)) {
    take_grid(suggestion, between, tried);
    return suggestion;
  }
  return {.step = NextStep::nothing,
          .reasons = {"one level is better than all others, and no value lies between or beyond"}};
}

}  // namespace tarama
