// The values and documents of sweep_result.hpp; its texts are in sweep_result_text.cpp.
#include "cli/sweep_result.hpp"

#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

template <class Number>
ordered_json number_or_null(const std::optional<Number>& number) {
  return number ? ordered_json(*number) : ordered_json(nullptr);
}

LevelOutcome outcome_of(const db::LevelInfo& level) {
  return {.level = level.level,
          .values = level.values,
          .planned = static_cast<std::int64_t>(level.runs.size()),
          .failed = level.failed,
          .diverged = level.diverged,
          .steps_per_run = level.steps_per_run};
}

RankedLevel ranked(const LevelSummary& summary, db::LevelInfo level) {
  ordered_json params = ordered_json::parse(level.params, nullptr, false);
  return {summary,
          params.is_object() ? std::move(params) : ordered_json::object(),
          std::move(level.values),
          std::move(level.runs),
          std::move(level.learner),
          level.numerics};
}

ordered_json mix_json(const SweepResult& result) {
  ordered_json shares = ordered_json::array();
  for (const NumericsShare& share : result.numerics_mix()) {
    shares.push_back({{"learner", share.learner},
                      {"numerics", number_or_null(share.numerics)},
                      {"levels", share.levels}});
  }
  return shares;
}

}  // namespace

const RankedLevel* SweepResult::best() const {
  return !levels.empty() && levels.front().summary.mean ? &levels.front() : nullptr;
}

std::vector<const RankedLevel*> SweepResult::tied() const {
  return best() == nullptr ? std::vector<const RankedLevel*>{} : std::vector{best()};
}

const RankedLevel* SweepResult::cheapest_tied() const {
  const RankedLevel* cheapest = nullptr;
  for (const RankedLevel* level : tied()) {
    if (cheapest == nullptr || level->summary.steps_per_run < cheapest->summary.steps_per_run) {
      cheapest = level;
    }
  }
  return cheapest;
}

Result<SweepResult> read_sweep_result(const db::ReadStore& store, SweepId sweep) {
  auto info = store.sweep(sweep);
  if (!info) {
    return info.error();
  }
  auto levels = store.levels(sweep);
  if (!levels) {
    return levels.error();
  }
  std::vector<LevelSummary> summaries;
  std::map<LevelId, db::LevelInfo> by_id;
  for (db::LevelInfo& level : *levels) {
    summaries.push_back(summarize(outcome_of(level)));
    by_id.emplace(level.level, std::move(level));
  }
  SweepResult result{std::move(*info), {}};
  for (const LevelSummary& summary : rank_levels(std::move(summaries), result.sweep.metric.goal)) {
    result.levels.push_back(ranked(summary, std::move(by_id.at(summary.level))));
  }
  return result;
}

std::string metric_name(const Metric& metric) {
  return fmt::format("eval.{}", name_of(metric.name));
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

ordered_json level_json(const RankedLevel* level) {
  if (level == nullptr) {
    return nullptr;
  }
  const LevelSummary& summary = level->summary;
  ordered_json runs = ordered_json::array();
  for (const RunId run : level->runs) {
    runs.push_back(run.value);
  }
  ordered_json interval = nullptr;
  if (summary.ci95) {
    interval = ordered_json::array({summary.ci95->first, summary.ci95->second});
  }
  return {{"params", level->params},
          {"mean", number_or_null(summary.mean)},
          {"sd", number_or_null(summary.sd)},
          {"ci95", std::move(interval)},
          {"replicates", summary.replicates},
          {"failed", summary.failed},
          {"diverged", summary.diverged},
          {"steps_per_run", summary.steps_per_run},
          {"runs", std::move(runs)},
          {"learner", level->learner},
          {"numerics", number_or_null(level->numerics)}};
}

ordered_json result_json(const SweepResult& result, double wall_seconds) {
  ordered_json tied = ordered_json::array();
  for (const RankedLevel* level : result.tied()) {
    tied.push_back(level_json(level));
  }
  const Account& account = result.sweep.account;
  return {{"sweep", result.sweep.sweep.value},
          {"name", result.sweep.name},
          {"planned", account.planned},
          {"succeeded", account.succeeded},
          {"stopped", account.stopped},
          {"failed", account.failed},
          {"cancelled", account.cancelled},
          {"wall_seconds", wall_seconds},
          {"best", level_json(result.best())},
          {"tied", std::move(tied)},
          {"cheapest_tied", level_json(result.cheapest_tied())},
          {"numerics_mix", mix_json(result)}};
}

ordered_json levels_json(const SweepResult& result) {
  ordered_json levels = ordered_json::array();
  for (const RankedLevel& level : result.levels) {
    levels.push_back(level_json(&level));
  }
  ordered_json tied = ordered_json::array();
  for (const RankedLevel* level : result.tied()) {
    tied.push_back(level_json(level));
  }
  return {{"sweep", result.sweep.sweep.value},
          {"name", result.sweep.name},
          {"metric", metric_name(result.sweep.metric)},
          {"levels", std::move(levels)},
          {"best", level_json(result.best())},
          {"tied", std::move(tied)},
          {"cheapest_tied", level_json(result.cheapest_tied())},
          {"numerics_mix", mix_json(result)}};
}

}  // namespace tarama::cli
