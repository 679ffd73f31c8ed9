// See refine_cost.hpp.
#include "cli/refine_cost.hpp"

#include "cli/refinement_forecast.hpp"
#include "db/sqlite/stage_info.hpp"

#include <fmt/format.h>

#include <vector>

namespace tarama::cli {
namespace {

// A budget is spent where it tells most: three seeds are enough to see where that is.
constexpr std::int64_t first_of_budgets = 3;

std::optional<double> mean_seconds(const std::vector<db::LevelInfo>& levels) {
  double sum = 0;
  std::int64_t known = 0;
  for (const db::LevelInfo& level : levels) {
    if (level.seconds_per_run) {
      sum += *level.seconds_per_run;
      ++known;
    }
  }
  return known == 0 ? std::nullopt : std::optional(sum / static_cast<double>(known));
}

}  // namespace

Result<Refinement> asked_by(const RefineWish& wish) {
  if ((wish.until > 0) == (wish.budget > 0)) {
    return Error{
        Errc::invalid_argument,
        "refine: say either --until D (a difference of the metric that does not matter) or "
        "--budget N (runs)"};
  }
  Refinement asked{.first = wish.first, .most = wish.most};
  if (wish.until > 0) {
    asked.until = wish.until;
  } else {
    asked.budget = wish.budget;
  }
  if (asked.first == 0) {
    asked.first = asked.until ? Refinement{}.first : first_of_budgets;
  }
  if (asked.first < 2 || asked.first > asked.most) {
    return Error{Errc::invalid_argument,
                 fmt::format("refine: --first is {} and --most {}; expected 2 <= first <= most",
                             asked.first,
                             asked.most)};
  }
  return asked;
}

Result<RefineCost> refine_cost(const db::ReadStore& store,
                               const db::SweepInfo& sweep,
                               const Refinement& asked) {
  const auto forecast = forecast_refinement(store, sweep, asked);
  const auto stages = forecast ? db::read_stages(store, sweep.sweep) : forecast.error();
  const auto levels = stages ? store.levels(sweep.sweep) : stages.error();
  if (!levels) {
    return levels.error();
  }
  std::vector<RefinementStage> before;
  for (const db::StageInfo& info : *stages) {
    if (info.stage.ended_at) {
      before.push_back(info.stage);  // one that goes on is this one, asked for again
    }
  }
  RefineCost cost{.words = expectation(asked, *forecast),
                  .promise = price_of_promise(asked, before),
                  .seconds_per_run = mean_seconds(*levels)};
  if (forecast->first.is_done) {
    cost.runs = 0;
  } else if (asked.budget) {
    cost.runs = asked.budget;
    cost.most_runs = *asked.budget;
  } else {
    cost.runs = forecast->runs;
    cost.most_runs = forecast->runs_at_most;
  }
  return cost;
}

}  // namespace tarama::cli
