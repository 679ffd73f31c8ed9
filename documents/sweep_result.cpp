// See sweep_result.hpp.
#include "documents/sweep_result.hpp"

#include "core/statistics/metric_scale.hpp"
#include "core/statistics/metric_value.hpp"
#include "core/sweep/enum_names.hpp"
#include "db/sqlite/level_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;

/// What no value can be is left out of an interval: an accuracy above 1 is nobody's news.
void keep_within(std::pair<double, double>& interval, const std::pair<double, double>& range) {
  interval.first = std::clamp(interval.first, range.first, range.second);
  interval.second = std::clamp(interval.second, range.first, range.second);
}

RankedLevel ranked_level(statistics::LevelAnswer answer, db::LevelInfo level) {
  ordered_json params = ordered_json::parse(level.params, nullptr, false);
  const auto flops = db::flops_per_run(level);
  return {std::move(answer),
          params.is_object() ? std::move(params) : ordered_json::object(),
          std::move(level.values),
          std::move(level.runs),
          std::move(level.learner),
          level.numerics,
          level.seconds_per_run,
          flops};
}

statistics::NumericParameters numbers_in(const ordered_json& params) {
  statistics::NumericParameters numbers;
  for (const auto& [key, value] : params.items()) {
    if (value.is_number()) {
      numbers.emplace_back(key, value.get<double>());
    }
  }
  return numbers;
}

std::vector<statistics::GridEdge> edges_in(const SweepResult& result) {
  // Where all levels are alike, an edge tells nothing.
  const bool has_best =
      result.best() != nullptr && std::ranges::any_of(result.levels, [&](const RankedLevel& level) {
        return level.answer.score && level.answer.score != result.best()->answer.score;
      });
  if (!has_best) {
    return {};
  }
  std::vector<statistics::NumericParameters> levels;
  for (const RankedLevel& level : result.levels) {
    levels.push_back(numbers_in(level.params));
  }
  return statistics::edges_of(numbers_in(result.best()->params), levels);
}

/// The mean on `test` over the best level's replicates.
Result<std::optional<double>> test_value(const db::ReadStore& store, const SweepResult& result) {
  double sum = 0;
  std::int64_t count = 0;
  for (const RunId run : result.best()->runs) {
    const auto evals = store.evals(run);
    if (!evals) {
      return evals.error();
    }
    for (const EvalRow& row : *evals) {
      const double value = value_of(row, result.sweep.metric.name);
      if (row.split == Split::test && std::isfinite(value)) {
        sum += value;
        ++count;
      }
    }
  }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace

const RankedLevel* SweepResult::best() const {
  return best_place ? &levels[*best_place] : nullptr;
}

const RankedLevel* SweepResult::cheapest_tied() const {
  return cheapest_place ? &levels[*cheapest_place] : nullptr;
}

std::vector<const RankedLevel*> SweepResult::tied() const {
  std::vector<const RankedLevel*> tied;
  for (const std::size_t place : tied_places) {
    tied.push_back(&levels[place]);
  }
  return tied;
}

std::vector<std::string> SweepResult::parameters() const {
  std::vector<std::string> keys;
  for (const RankedLevel& level : levels) {
    auto behind = keys.begin();  // what the level has in between goes between
    for (const auto& [key, value] : level.params.items()) {
      const auto known = std::ranges::find(keys, key);
      behind = std::next(known == keys.end() ? keys.insert(behind, key) : known);
    }
  }
  return keys;
}

bool SweepResult::is_provisional() const {
  const bool goes_on = std::ranges::any_of(
      stages, [](const db::StageInfo& info) { return !info.stage.ended_at.has_value(); });
  return sweep.account.pending + sweep.account.leased + sweep.account.running > 0 ||
         (goes_on && sweep.state == SweepState::running);
}

bool SweepResult::has_single() const {
  return std::ranges::any_of(levels,
                             [](const RankedLevel& level) { return level.answer.is_single; });
}

const RankedLevel* SweepResult::level_of(LevelId id) const {
  const auto found = std::ranges::find_if(
      levels, [&](const RankedLevel& level) { return level.summary().level == id; });
  return found == levels.end() ? nullptr : &*found;
}

std::vector<NumericsShare> SweepResult::numerics_mix() const {
  std::map<std::pair<std::string, std::optional<std::int64_t>>, std::int64_t> counts;
  for (const RankedLevel& level : levels) {
    ++counts[{level.learner, level.numerics}];
  }
  std::vector<NumericsShare> shares;
  for (const auto& [by, count] : counts) {
    shares.push_back({by.first, by.second, count});
  }
  return shares.size() > 1 ? shares : std::vector<NumericsShare>{};
}

SweepResult sweep_result_of(db::SweepInfo sweep,
                            std::vector<db::LevelInfo> levels,
                            const AnswerInputs& inputs,
                            const AnswerRequest& request) {
  statistics::AnswerRules rules = db::rules_for(sweep.metric, levels, inputs.majority);
  rules.comparison.method = request.method;
  rules.comparison.confidence = request.confidence;
  rules.depth = request.depth;
  statistics::SweepAnswer answer = statistics::answer_of(db::evidence_of(levels), rules);

  SweepResult result{.sweep = std::move(sweep), .request = request};
  result.certainty = answer.certainty;
  result.uses_pairs = answer.uses_pairs;
  result.winner_honest = answer.winner_honest;
  const std::int64_t examples = levels.empty() ? 0 : levels.front().inputs.eval_examples;
  std::vector<std::size_t> place_of(levels.size());
  const auto range = statistics::metric_range(result.sweep.metric.name);
  for (const std::size_t given : answer.ranking) {
    place_of[given] = result.levels.size();
    if (auto& interval = answer.levels[given].interval) {
      keep_within(*interval, range);
    }
    result.levels.push_back(
        ranked_level(std::move(answer.levels[given]), std::move(levels[given])));
  }
  for (const std::size_t given : answer.tied) {
    result.tied_places.push_back(place_of[given]);
  }
  if (answer.best) {
    result.best_place = place_of[*answer.best];
    result.cheapest_place = place_of[answer.cheapest_tied.value_or(*answer.best)];
    result.evaluation_error = statistics::evaluation_error(
        result.sweep.metric.name, result.best()->answer.score.value_or(0), examples);
  }
  result.edges = edges_in(result);
  return result;
}

Result<SweepResult> read_sweep_result(const db::ReadStore& store,
                                      SweepId sweep,
                                      const AnswerRequest& request) {
  auto info = store.sweep(sweep);
  if (!info) {
    return info.error();
  }
  auto levels = store.levels(sweep);
  if (!levels) {
    return levels.error();
  }
  const auto majority = store.majority_accuracy(sweep);
  if (!majority) {
    return majority.error();
  }
  const bool has_test = !levels->empty() && levels->front().inputs.test_examples > 0;
  SweepResult result =
      sweep_result_of(std::move(*info), std::move(*levels), {.majority = *majority}, request);
  auto stages = db::read_stages(store, sweep);
  if (!stages) {
    return stages.error();
  }
  result.stages = std::move(*stages);
  if (has_test && result.best() != nullptr) {
    const auto value = test_value(store, result);
    if (!value) {
      return value.error();
    }
    result.winner_test = *value;
  }
  return result;
}

std::string metric_name(const Metric& metric) {
  return metric.name == MetricName::reported ? metric.program_name
                                             : fmt::format("eval.{}", name_of(metric.name));
}

}  // namespace tarama
