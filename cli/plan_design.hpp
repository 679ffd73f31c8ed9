// What a planned sweep will be able to tell: the difference from the best that its replicates tell
// apart, by what the store knows of spreads, or by typical ones.
#pragma once

#include "cli/context.hpp"
#include "cli/refinement_forecast.hpp"
#include "orchestrator/sweeps/submission.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace tarama::cli {

struct PlanDesign {
  double spread = 0;
  std::string basis;                 // where `spread` comes from
  std::optional<double> difference;  // that is told apart in four sweeps of five; nullopt: none is
  std::optional<double> evaluation;  // standard error of a value, from the examples alone
  std::optional<FileForecast> runs;  // where replicates decide themselves
};

/// `spread` and `basis` come from the store where there is one.
[[nodiscard]] PlanDesign design_of(const Context& context,
                                   const orchestrator::CheckedSubmission& sweep);

/// Warns, as `small_eval`, where the evaluation set's error is larger than what seeds tell apart.
void warn_of_design(orchestrator::CheckedSubmission& sweep, const PlanDesign& design);

/// One line of `plan`, without its indentation.
[[nodiscard]] std::string design_line(const orchestrator::CheckedSubmission& sweep,
                                      const PlanDesign& design);

/// Adds `detectable_difference`, `spread` and `expected_runs`.
void add_design(nlohmann::ordered_json& document, const PlanDesign& design);

}  // namespace tarama::cli
