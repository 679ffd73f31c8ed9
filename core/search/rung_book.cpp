// See rung_book.hpp.
#include "core/search/rung_book.hpp"

#include "core/sweep/assert.hpp"
#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarama {

namespace {

constexpr std::size_t most_rungs = 64;
// Shares are quotients, and thresholds products: what is equal on paper must not miss its rung.
constexpr double rounding = 1e-9;
// Nobody reads more of an endless list.
constexpr std::size_t most_rungs_named = 5;

/// Hyperband's: as many as cost about the same in each bracket.
std::vector<double> weights_of(const Rungs& rungs) {
  std::vector<double> weights;
  for (std::int64_t bracket = 0; bracket < rungs.brackets; ++bracket) {
    const auto left = static_cast<double>(rungs.brackets - 1 - bracket);
    weights.push_back(std::ceil(static_cast<double>(rungs.brackets) *
                                std::pow(static_cast<double>(rungs.eta), left) / (left + 1)));
  }
  return weights;
}

/// Van der Corput's sequence in base 2: however many are taken, they lie evenly in [0, 1).
double evenly_spread(std::uint64_t number) {
  double value = 0;
  for (double part = 0.5; number > 0; number >>= 1U, part /= 2) {
    value += (number & 1U) != 0 ? part : 0;
  }
  return value;
}

enum class RungUnit { share, step };

RungUnit unit_of(const SweepSpec& spec) {
  const bool is_share = !spec.program && spec.rungs->restart.empty();
  return is_share ? RungUnit::share : RungUnit::step;
}

std::string place_word(double place, RungUnit unit) {
  const double inverse = std::round(1 / place);
  const bool is_fraction = unit == RungUnit::share && std::abs(place * inverse - 1) < rounding;
  return is_fraction ? fmt::format("1/{:.0f}", inverse) : fmt::format("{:.6g}", place);
}

/// From the whole run downwards, by whole numbers.
std::vector<double> restart_places(const Rungs& rungs) {
  std::vector<double> places;
  const auto eta = static_cast<double>(rungs.eta);
  const double end = rungs.end.value_or(0);
  for (double exact = end / eta; places.size() < most_rungs; exact /= eta) {
    const double place = std::round(exact);
    if (place < std::max(1.0, rungs.first * (1 - rounding))) {
      break;
    }
    if (place < (places.empty() ? end : places.back())) {
      places.push_back(place);
    }
  }
  std::ranges::reverse(places);
  return places;
}

/// Of a bracket that begins at this rung: what is trained of a level, with 1 for all of it.
double least_share_from(const std::vector<double>& places, std::size_t rung, const Rungs& rungs) {
  double share = 0;
  double trained = 0;
  double going_on = 1;
  for (; rung < places.size(); ++rung) {
    share += going_on * (places[rung] - trained);
    trained = rungs.restart.empty() ? places[rung] : 0;
    going_on /= static_cast<double>(rungs.eta);
  }
  return (share + going_on * (*rungs.end - trained)) / *rungs.end;
}

}  // namespace

std::vector<double> rung_places(const Rungs& rungs) {
  if (!rungs.restart.empty()) {
    return restart_places(rungs);
  }
  constexpr double highest = 9e15;  // steps are whole numbers that a double holds exactly
  const double end = rungs.end.value_or(highest);
  std::vector<double> places;
  for (double place = rungs.first;
       place > 0 && place < end * (1 - rounding) && places.size() < most_rungs;
       place *= static_cast<double>(rungs.eta)) {
    places.push_back(place);
  }
  return places;
}

std::int64_t bracket_of(const Rungs& rungs, LevelId level) {
  const std::vector<double> weights = weights_of(rungs);
  double sum = 0;
  for (const double weight : weights) {
    sum += weight;
  }
  double left = sum * evenly_spread(static_cast<std::uint64_t>(level.value));
  for (std::size_t bracket = 0; bracket < weights.size(); ++bracket) {
    left -= weights[bracket];
    if (left < 0) {
      return static_cast<std::int64_t>(bracket);
    }
  }
  return rungs.brackets - 1;
}

std::int64_t going_on(const Rungs& rungs, std::int64_t arrived) {
  return std::max<std::int64_t>(1, arrived / rungs.eta);
}

std::string reported_name_of(const Metric& metric) {
  return metric.name == MetricName::reported ? metric.program_name
                                             : fmt::format("eval.{}", name_of(metric.name));
}

RungBook::RungBook(const SweepSpec& spec)
    : metric_(spec.metric),
      is_program_(spec.program.has_value()),
      name_(reported_name_of(spec.metric)) {
  TARAMA_ASSERT(spec.rungs, "whoever has no rungs compares no runs");
  rungs_ = *spec.rungs;
  places_ = rung_places(rungs_);
}

double RungBook::score_of(double value) const {
  if (std::isnan(value)) {
    return std::numeric_limits<double>::infinity();
  }
  return metric_.goal == Goal::maximize ? -value : value;
}

void RungBook::add(const RungRow& row) {
  Rung& rung = seen_[{row.bracket, row.rung}];
  const double score = score_of(row.value);
  rung.arrived.push_back(score);
  rung.ranked.insert(std::ranges::upper_bound(rung.ranked, score), score);
  Standing& standing = standings_[row.run];
  standing.next_rung = std::max(standing.next_rung, row.rung + 1);
  standing.is_freed = standing.is_freed || row.decision == RungDecision::freed;
  if (row.decision == RungDecision::stopped) {
    standing.stopped = row;
  }
}

std::optional<std::int64_t> RungBook::rung_at(const JudgedRun& run, std::int64_t step) const {
  const double here = is_program_
                          ? static_cast<double>(step)
                          : static_cast<double>(step + 1) /
                                static_cast<double>(std::max<std::int64_t>(run.planned_steps, 1));
  if (rungs_.end && here >= *rungs_.end * (1 - rounding)) {
    return std::nullopt;  // a run that has come to its end is complete
  }
  const auto next = std::ranges::upper_bound(places_, here * (1 + rounding));
  return next == places_.begin() ? std::nullopt : std::optional(next - places_.begin() - 1);
}

void RungBook::decide(RungRow& row, const Standing& standing) const {
  static const Rung nobody;
  const auto found = seen_.find({row.bracket, row.rung});
  const Rung& rung = found == seen_.end() ? nobody : found->second;
  row.place = static_cast<std::int64_t>(rung.ranked.size()) + 1;
  const auto better = std::ranges::lower_bound(rung.ranked, score_of(row.value));
  const bool goes_on =
      !std::isnan(row.value) && better - rung.ranked.begin() < going_on(rungs_, row.place);
  row.decision = standing.is_freed ? RungDecision::freed
                 : goes_on         ? RungDecision::goes_on
                                   : RungDecision::stopped;
}

std::vector<RungRow> RungBook::judge(const JudgedRun& run,
                                     std::span<const MetricPoint> values) const {
  static const Standing unknown;
  const auto known = standings_.find(run.run);
  const Standing& standing = known == standings_.end() ? unknown : known->second;
  std::vector<RungRow> rows;
  if (standing.stopped && !standing.is_freed) {
    return rows;
  }
  const std::int64_t bracket = bracket_of(rungs_, run.level);
  std::int64_t next = std::max(standing.next_rung, bracket);
  double best = std::numeric_limits<double>::quiet_NaN();
  for (const MetricPoint& point : values) {
    const bool is_best = std::isnan(best) || score_of(point.value) < score_of(best);
    best = is_best ? point.value : best;
    const std::optional<std::int64_t> rung = rung_at(run, point.step);
    if (!rung || *rung < next) {
      continue;
    }
    RungRow row{.run = run.run,
                .bracket = bracket,
                .rung = *rung,
                .step = point.step,
                .value = metric_.take == Take::best ? best : point.value};
    decide(row, standing);
    rows.push_back(row);
    next = *rung + 1;
    if (row.decision == RungDecision::stopped) {
      break;  // how far it comes before it hears of it is chance
    }
  }
  return rows;
}

std::string RungBook::reason_of(const RungRow& row) const {
  const std::vector<double>& arrived = seen_.at({row.bracket, row.rung}).arrived;
  const auto before = std::span(arrived).first(
      std::min(arrived.size(), static_cast<std::size_t>(std::max<std::int64_t>(row.place - 1, 0))));
  const double score = score_of(row.value);
  const auto better = std::ranges::count_if(before, [&](double other) { return other < score; });
  const std::int64_t most = going_on(rungs_, row.place);
  const std::string place = place_word(places_.at(static_cast<std::size_t>(row.rung)),
                                       is_program_ ? RungUnit::step : RungUnit::share);
  return fmt::format(
      "rungs: {} {} at step {} is number {} of the {} runs that had come to {}{}; {}",
      name_,
      row.value,
      row.step,
      better + 1,
      row.place,
      is_program_ ? "step " + place : place + " of their steps",
      rungs_.brackets > 1 ? fmt::format(" in bracket {}", row.bracket) : "",
      most == 1 ? "the best one goes on" : fmt::format("the best {} go on", most));
}

std::optional<StopVerdict> RungBook::verdict_on(RunId run) const {
  const auto known = standings_.find(run);
  if (known == standings_.end() || !known->second.stopped || known->second.is_freed) {
    return std::nullopt;
  }
  const RungRow& row = *known->second.stopped;
  return StopVerdict{row.step, reason_of(row)};
}

std::string words_of_rungs(const SweepSpec& spec) {
  TARAMA_ASSERT(spec.rungs, "there is nothing to say of none");
  std::vector<std::string> words;
  for (const double place : rung_places(*spec.rungs)) {
    if (words.size() == most_rungs_named) {
      words.emplace_back("...");
      break;
    }
    words.push_back(place_word(place, unit_of(spec)));
  }
  if (!spec.rungs->restart.empty()) {
    return fmt::format("{} {}, then {:.0f}",
                       spec.rungs->restart,
                       fmt::join(words, ", "),
                       spec.rungs->end.value_or(0));
  }
  return spec.program
             ? fmt::format("step{} {}", words.size() == 1 ? "" : "s", fmt::join(words, ", "))
             : fmt::format("{} of a run's own steps", fmt::join(words, ", "));
}

std::optional<double> least_share(const Rungs& rungs) {
  if (!rungs.end) {
    return std::nullopt;
  }
  const std::vector<double> places = rung_places(rungs);
  const std::vector<double> weights = weights_of(rungs);
  double share = 0;
  double sum = 0;
  for (std::size_t bracket = 0; bracket < weights.size(); ++bracket) {
    share += weights[bracket] * least_share_from(places, bracket, rungs);
    sum += weights[bracket];
  }
  return share / sum;
}

}  // namespace tarama
