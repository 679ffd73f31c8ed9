// See levels_document.hpp.
#include "documents/levels_document.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;

template <class Number>
ordered_json if_there(const std::optional<Number>& number) {
  return number ? ordered_json(*number) : ordered_json(nullptr);
}

ordered_json if_finite(double number) {
  return std::isfinite(number) ? ordered_json(number) : ordered_json(nullptr);
}

ordered_json pair_json(const std::optional<std::pair<double, double>>& interval) {
  return interval ? ordered_json::array({interval->first, interval->second})
                  : ordered_json(nullptr);
}

ordered_json difference_json(const std::optional<statistics::Difference>& difference) {
  if (!difference) {
    return nullptr;
  }
  return {{"mean", if_finite(difference->mean)},
          {"low", if_finite(difference->low)},
          {"high", if_finite(difference->high)}};
}

ordered_json divergence_json(const std::optional<statistics::DivergenceRate>& rate) {
  if (!rate) {
    return nullptr;
  }
  return {{"diverged", rate->diverged}, {"of", rate->of}, {"rate_at_most", rate->rate_at_most}};
}

ordered_json mix_json(const SweepResult& result) {
  ordered_json shares = ordered_json::array();
  for (const NumericsShare& share : result.numerics_mix()) {
    shares.push_back({{"learner", share.learner},
                      {"numerics", if_there(share.numerics)},
                      {"levels", share.levels}});
  }
  return shares;
}

ordered_json edges_json(const SweepResult& result) {
  ordered_json edges = ordered_json::array();
  for (const statistics::GridEdge& edge : result.edges) {
    edges.push_back({{"parameter", edge.parameter},
                     {"side", edge.side == statistics::EdgeSide::low ? "low" : "high"},
                     {"value", edge.value}});
  }
  return edges;
}

ordered_json params_of(const SweepResult& result, LevelId id) {
  const RankedLevel* const level = result.level_of(id);
  return level != nullptr ? level->params : ordered_json(nullptr);
}

ordered_json looks_json(const SweepResult& result) {
  ordered_json looks = ordered_json::array();
  for (const db::StageInfo& info : result.stages) {
    for (const Look& look : info.looks) {
      looks.push_back({{"stage", info.stage.stage},
                       {"dropped", params_of(result, look.level)},
                       {"seeds", look.seeds}});
    }
  }
  return looks;
}

ordered_json refinements_json(const SweepResult& result) {
  ordered_json stages = ordered_json::array();
  for (const auto& [stage, looks] : result.stages) {
    stages.push_back({{"stage", stage.stage},
                      {"until", if_there(stage.asked.until)},
                      {"budget", if_there(stage.asked.budget)},
                      {"alpha", stage.asked.until ? 1 - stage.asked.confidence : 0},
                      {"runs_before", stage.runs_before},
                      {"is_over", stage.ended_at.has_value()},
                      {"outcome", stage.outcome},
                      {"reached", stage.reached ? params_of(result, *stage.reached) : nullptr}});
  }
  return stages;
}

/// What `run`, `wait` and `levels` say in the same words.
void add_answer(ordered_json& document, const SweepResult& result) {
  document["best"] = level_json(result.best());
  document["tied"] = ordered_json::array();
  for (const RankedLevel* level : result.tied()) {
    document["tied"].push_back(level_json(level));
  }
  document["cheapest_tied"] = level_json(result.cheapest_tied());
  document["confidence"] = result.request.confidence;
  document["method"] = name_of(result.request.method);
  document["provisional"] = result.is_provisional();
  document["looks"] = looks_json(result);
  document["refinements"] = refinements_json(result);
  document["edge"] = edges_json(result);
  document["winner_honest"] = if_there(result.winner_honest);
  document["winner_test"] = if_there(result.winner_test);
  document["numerics_mix"] = mix_json(result);
}

}  // namespace

ordered_json level_json(const RankedLevel* level) {
  if (level == nullptr) {
    return nullptr;
  }
  const LevelSummary& summary = level->summary();
  ordered_json runs = ordered_json::array();
  for (const RunId run : level->runs) {
    runs.push_back(run.value);
  }
  return {{"level", summary.level.value},
          {"params", level->params},
          {"mean", if_there(summary.mean)},
          {"sd", if_there(summary.sd)},
          {"ci95", pair_json(summary.ci95)},
          {"score", if_there(level->answer.score)},
          {"difference", difference_json(level->answer.compared.difference)},
          {"tied", level->answer.compared.is_tied},
          {"interval", pair_json(level->answer.interval)},
          {"p_best", if_there(level->answer.p_best)},
          {"replicates", summary.replicates},
          {"failed", summary.failed},
          {"diverged", summary.diverged},
          {"stopped", summary.stopped},
          {"divergence", divergence_json(level->answer.divergence)},
          {"steps_per_run",
           summary.steps_per_run > 0 ? ordered_json(summary.steps_per_run) : ordered_json(nullptr)},
          {"seconds_per_run", if_there(level->seconds_per_run)},
          {"flops_per_run", if_there(level->flops_per_run)},
          {"runs", std::move(runs)},
          {"learner", level->learner},
          {"numerics", if_there(level->numerics)}};
}

ordered_json result_json(const SweepResult& result, double wall_seconds) {
  const Account& account = result.sweep.account;
  ordered_json document = {{"sweep", result.sweep.sweep.value},
                           {"name", result.sweep.name},
                           {"planned", account.planned},
                           {"succeeded", account.succeeded},
                           {"stopped", account.stopped},
                           {"failed", account.failed},
                           {"cancelled", account.cancelled},
                           {"wall_seconds", wall_seconds}};
  add_answer(document, result);
  return document;
}

ordered_json levels_json(const SweepResult& result) {
  ordered_json levels = ordered_json::array();
  for (const RankedLevel& level : result.levels) {
    levels.push_back(level_json(&level));
  }
  ordered_json document = {{"sweep", result.sweep.sweep.value},
                           {"name", result.sweep.name},
                           {"metric", metric_name(result.sweep.metric)},
                           {"levels", std::move(levels)}};
  add_answer(document, result);
  return document;
}

}  // namespace tarama
