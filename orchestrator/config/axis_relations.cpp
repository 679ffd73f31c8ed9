// What must hold between the axes of a sweep file, and between them and the method.
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/sweep_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tarama::config {

namespace {

void report_of(SweepReading& reading, const std::string& key, const std::string& message) {
  reading.report(reading.positions.position_of(key), fmt::format("{}: {}", key, message));
}

const Axis* axis_named(const SweepReading& reading, const std::string& key) {
  const auto found = std::ranges::find(reading.axes, key, &Axis::key);
  return found == reading.axes.end() ? nullptr : &*found;
}

/// Whether a condition leads from `key` back to it.
bool depends_on_itself(const SweepReading& reading, const std::string& key) {
  std::set<std::string> reached;
  std::vector<std::string> open = {key};
  while (!open.empty()) {
    const Axis* const axis = axis_named(reading, open.back());
    open.pop_back();
    for (const AxisCondition& condition :
         axis == nullptr ? std::vector<AxisCondition>{} : axis->when) {
      if (condition.key == key) {
        return true;
      }
      if (reached.insert(condition.key).second) {
        open.push_back(condition.key);
      }
    }
  }
  return false;
}

/// What is wrong with a condition by itself, or nothing.
std::string problem_with(const SweepReading& reading, const AxisCondition& condition) {
  const Axis* const other = axis_named(reading, condition.key);
  if (other == nullptr) {
    // One that is swept, but wrongly, has been reported.
    return reading.positions.has("parameters." + condition.key)
               ? ""
               : fmt::format("'when' is about {}, which is not among the parameters here",
                             condition.key);
  }
  for (const ParameterValue& value : condition.values) {
    if (!other->drawn && std::ranges::count(other->values, value) == 0) {
      return fmt::format(
          "'when' asks for {} {}, which is none of its values here", condition.key, text_of(value));
    }
  }
  return other->drawn ? fmt::format(
                            "'when' is about {}, whose values are drawn; expected a key "
                            "with values: [...]",
                            condition.key)
                      : "";
}

void check_conditions(SweepReading& reading) {
  const std::vector<Axis> axes = reading.axes;
  for (const Axis& axis : axes) {
    const std::string key = fmt::format("parameters.{}.when", axis.key);
    if (!axis.when.empty() && !reading.program && (axis.key == "lr" || axis.key == "epochs")) {
      report_of(reading, key, fmt::format("every run needs {}; leave 'when' out", axis.key));
      continue;
    }
    if (depends_on_itself(reading, axis.key)) {
      report_of(reading, key, "it depends on itself; leave one of the conditions out");
      continue;
    }
    for (const AxisCondition& condition : axis.when) {
      if (const std::string problem = problem_with(reading, condition); !problem.empty()) {
        report_of(reading, key, problem);
      }
    }
  }
}

void check_drawn_runs(SweepReading& reading, std::int64_t replicates) {
  const auto most = reading.values.find("max_runs");
  if (most == reading.values.end()) {
    if (!reading.positions.has("max_runs")) {
      report_of(reading, "method", "it needs max_runs: how many runs to make");
    }
    return;
  }
  const auto runs = std::get<std::int64_t>(most->second);
  if (runs < replicates) {
    report_of(reading,
              "max_runs",
              fmt::format("{} runs are not one level of {} replicates", runs, replicates));
  }
}

void check_grid_runs(SweepReading& reading, std::int64_t replicates) {
  if (reading.positions.has("max_runs")) {
    report_of(reading,
              "max_runs",
              "a grid has every combination; it is for method: random, sobol and tpe");
  }
  // In doubles: exact far beyond the limit, and it cannot overflow.
  auto runs = static_cast<double>(replicates);
  for (const Axis& axis : reading.axes) {
    runs *= static_cast<double>(axis.values.size());
  }
  if (runs > static_cast<double>(most_runs)) {
    report_of(reading,
              "parameters",
              fmt::format("every combination times the replicates are {:.0f} runs; expected at "
                          "most {}",
                          runs,
                          most_runs));
  }
}

}  // namespace

void check_axes_together(SweepReading& reading) {
  check_conditions(reading);
  const auto replicates = reading.values.find("replicates");
  // At rungs one seed is compared; those that are left get theirs later.
  const bool is_one = replicates == reading.values.end() || has_rungs(reading);
  const std::int64_t count = is_one ? 1 : std::get<std::int64_t>(replicates->second);
  if (reading.draws_values) {
    check_drawn_runs(reading, count);
  } else {
    check_grid_runs(reading, count);
  }
}

}  // namespace tarama::config
