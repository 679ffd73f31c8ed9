// See design_warnings.hpp.
#include "orchestrator/sweeps/design_warnings.hpp"

#include "core/statistics/metric_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace tarama::orchestrator {
namespace {

/// Of an accuracy nobody knows yet: between a coin's and a good model's.
std::string least_error(const SweepSpec& spec, const LevelInputs& inputs) {
  constexpr double usual_accuracy = 0.8;
  const auto error =
      statistics::evaluation_error(spec.metric.name, usual_accuracy, inputs.eval_examples);
  return error ? fmt::format(
                     "; the {} evaluation texts alone make an accuracy of 80 % uncertain "
                     "by {:.2g} (one standard error)",
                     inputs.eval_examples,
                     *error)
               : "";
}

/// Whether a shell takes it as it is.
bool is_plain_word(const std::string& name) {
  return !name.empty() && name.front() != '-' &&
         std::ranges::all_of(name, [](unsigned char letter) {
           return std::isalnum(letter) != 0 || letter == '-' || letter == '_' || letter == '.';
         });
}

void warn_of_fewer_levels(const config::SweepFile& file,
                          std::int64_t levels,
                          std::vector<config::ConfigWarning>& warnings) {
  const SweepSpec& spec = file.spec;
  const std::int64_t replicates = std::max<std::int64_t>(spec.replicates, 1);
  if (spec.method == Method::grid || levels >= spec.max_runs / replicates) {
    return;
  }
  warnings.push_back(
      {"fewer_levels",
       fmt::format("max_runs: {} asks for {} levels, but the values of the parameters make {} at "
                   "most: the sweep has {} runs; ranges instead of values, or `count`, make more",
                   spec.max_runs,
                   spec.max_runs / replicates,
                   levels,
                   levels * replicates),
       file.line_of("max_runs")});
}

std::vector<config::ConfigWarning> replicate_warnings(const config::SweepFile& file,
                                                      std::int64_t levels,
                                                      const LevelInputs& inputs) {
  const SweepSpec& spec = file.spec;
  const int line = file.line_of("replicates");
  if (levels < 2 || spec.replicates > 2 || file.refinement) {
    return {};
  }
  constexpr std::int64_t good_start = 5;
  const std::string more = fmt::format(
      "five are a good start: `replicates: {}`, or later `tarama refine {} --budget {} "
      "--first {}`",
      spec.rungs ? fmt::format("{{first: {}, budget: RUNS}}", good_start)
                 : fmt::format("{}", good_start),
      is_plain_word(spec.name) ? spec.name : "SWEEP",
      levels * (good_start - spec.replicates),
      good_start);
  if (spec.replicates == 1) {
    return {{"one_replicate",
             fmt::format("one run a level: how much luck is in a value is not known, and no level "
                         "can be told from another{}; {}",
                         least_error(spec, inputs),
                         more),
             line}};
  }
  return {{"two_replicates",
           fmt::format(
               "two runs a level: hardly anything can be told apart, whatever they show; {}", more),
           line}};
}

}  // namespace

std::vector<config::ConfigWarning> design_warnings(const config::SweepFile& file,
                                                   std::int64_t levels,
                                                   const LevelInputs& inputs) {
  std::vector<config::ConfigWarning> warnings = replicate_warnings(file, levels, inputs);
  warn_of_fewer_levels(file, levels, warnings);
  return warnings;
}

}  // namespace tarama::orchestrator
