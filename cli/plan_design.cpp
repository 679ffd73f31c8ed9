// See plan_design.hpp.
#include "cli/plan_design.hpp"

#include "cli/refinement_forecast.hpp"
#include "cli/text/number_text.hpp"
#include "core/statistics/design.hpp"
#include "core/statistics/metric_scale.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/refinement_words.hpp"
#include "db/sqlite/known_spreads.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tarama::cli {
namespace {

// Where nobody knows the accuracy yet: between a coin's and a good model's.
constexpr double usual_accuracy = 0.8;

std::optional<db::KnownSpread> spread_in(const Context& context,
                                         const orchestrator::CheckedSubmission& sweep) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store || sweep.submission.prepared.variants.empty()) {
    return std::nullopt;  // without a store, or with one that cannot be read, it is a typical one
  }
  const auto known = db::known_spread(*store,
                                      sweep.submission.spec.metric.name,
                                      sweep.submission.prepared.variants.front().data_fingerprint);
  return known ? *known : std::nullopt;
}

statistics::SweepDesign in_numbers(const orchestrator::CheckedSubmission& sweep, double spread) {
  return {.levels = static_cast<std::int64_t>(sweep.levels.size()),
          .replicates = sweep.submission.spec.replicates,
          .spread = spread};
}

/// "; 9 seeds would tell 0.02": half of what is told now.
std::string what_more_tell(const orchestrator::CheckedSubmission& sweep, const PlanDesign& design) {
  constexpr std::int64_t most = 100;
  const double half = *design.difference / 2;
  const auto needed = statistics::replicates_to_tell(half, in_numbers(sweep, design.spread), most);
  return needed ? fmt::format("; {} seeds would tell {:.2g}", *needed, half) : "";
}

}  // namespace

PlanDesign design_of(const Context& context, const orchestrator::CheckedSubmission& sweep) {
  PlanDesign design;
  const MetricName metric = sweep.submission.spec.metric.name;
  if (const auto known = spread_in(context, sweep)) {
    design.spread = known->sd;
    design.basis =
        fmt::format("that of {} in this store{}",
                    known->levels == 1 ? "1 level" : count_text(known->levels) + " levels",
                    known->is_of_same_data ? " on these data" : ", on other data");
  } else {
    design.spread = statistics::typical_spread(metric);
    design.basis = "typical of fine-tuned models, nothing measured in this store yet";
  }
  design.difference = statistics::detectable_difference(in_numbers(sweep, design.spread));
  // How many levels rungs leave, nobody knows.
  if (sweep.submission.refinement && !sweep.submission.spec.rungs) {
    design.runs = forecast_of_file(*sweep.submission.refinement,
                                   static_cast<std::int64_t>(sweep.levels.size()),
                                   design.spread);
  }
  const auto& variants = sweep.submission.prepared.variants;
  design.evaluation = statistics::evaluation_error(
      metric, usual_accuracy, variants.empty() ? 0 : variants.front().eval_examples);
  return design;
}

void warn_of_design(orchestrator::CheckedSubmission& sweep, const PlanDesign& design) {
  if (!design.difference || !design.evaluation || *design.evaluation <= *design.difference) {
    return;
  }
  sweep.warnings.push_back(
      {"small_eval",
       fmt::format("the seeds tell differences of {} apart, but the {} evaluation texts alone make "
                   "an accuracy of 80 % uncertain by {}: on other texts the levels may rank "
                   "otherwise; take a larger evaluation set, or see `tarama levels --population`",
                   short_number(*design.difference),
                   count_text(sweep.submission.prepared.variants.front().eval_examples),
                   short_number(*design.evaluation)),
       0});
}

std::string design_line(const orchestrator::CheckedSubmission& sweep, const PlanDesign& design) {
  if (sweep.submission.refinement && sweep.submission.spec.rungs) {
    return fmt::format("one seed of every level; those that are left then get more ({})",
                       refine_options(*sweep.submission.refinement));
  }
  if (sweep.submission.refinement) {
    return fmt::format(
        "{} (spread over seeds {}: {})",
        expectation_of_file(*sweep.submission.refinement, design.runs.value_or(FileForecast{})),
        short_number(design.spread),
        design.basis);
  }
  if (sweep.levels.size() < 2) {
    return "one level: nothing is compared";
  }
  if (!design.difference) {
    return sweep.submission.spec.replicates == 1
               ? "one seed a level: luck cannot be told from merit"
               : "two seeds a level: hardly anything can be told apart, whatever the spread";
  }
  return fmt::format(
      "levels that differ by {:.2g} are told apart in 4 of 5 cases (spread over seeds "
      "{}: {}){}",
      *design.difference,
      short_number(design.spread),
      design.basis,
      what_more_tell(sweep, design));
}

void add_design(nlohmann::ordered_json& document, const PlanDesign& design) {
  document["detectable_difference"] =
      design.difference ? nlohmann::ordered_json(*design.difference) : nullptr;
  document["expected_runs"] = design.runs
                                  ? nlohmann::ordered_json({{"first", design.runs->first},
                                                            {"expected", design.runs->expected},
                                                            {"most", design.runs->most}})
                                  : nullptr;
  document["spread"] = {{"sd", design.spread}, {"basis", design.basis}};
}

}  // namespace tarama::cli
