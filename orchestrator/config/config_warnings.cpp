// Settings without effect, over all levels of a sweep.
#include "orchestrator/config/config_warnings.hpp"

#include "core/sweep/argument_template.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tarama::config {

namespace {

/// The names that a setting takes over all levels.
std::vector<std::string> names_over_levels(const SweepSpec& spec,
                                           const std::string& key,
                                           std::string_view otherwise) {
  for (const Axis& axis : spec.parameters) {
    if (axis.key == key) {
      std::vector<std::string> names;
      for (const ParameterValue& value : axis.values) {
        names.push_back(text_of(value));
      }
      return names;
    }
  }
  return {std::string(otherwise)};
}

bool has_warmup(const SweepSpec& spec) {
  return std::ranges::any_of(spec.parameters, [](const Axis& axis) {
    const bool lists_some = std::ranges::any_of(
        axis.values, [](const ParameterValue& value) { return number_of(value).value_or(0) > 0; });
    return axis.key == "warmup" && (lists_some || axis.drawn);
  });
}

bool contains_none(const std::vector<std::string>& names) {
  return std::ranges::count(names, "none") > 0;
}

/// Pretrained models are trained at 1e-5 to 1e-4 nearly always, small ones at some 1e-4; ten times
/// beyond that on either side is a slip of the exponent more often than not.
constexpr double lowest_usual_rate = 1e-6;
constexpr double highest_usual_rate = 1e-3;

bool has_pretrained(const SweepSpec& spec) {
  return !spec.model.path.empty() ||
         std::ranges::any_of(spec.parameters, [](const Axis& axis) { return axis.key == "path"; });
}

void warn_of_rates(const SweepFile& file, std::vector<ConfigWarning>& warnings) {
  const auto lr = std::ranges::find(file.spec.parameters, "lr", &Axis::key);
  if (lr == file.spec.parameters.end() || !has_pretrained(file.spec)) {
    return;
  }
  for (const ParameterValue& value : lr->values) {
    const double rate = number_of(value).value_or(lowest_usual_rate);
    if (rate < lowest_usual_rate || rate > highest_usual_rate) {
      warnings.push_back({"unusual_rate",
                          fmt::format("a learning rate of {} is far from the 1e-5 to 1e-4 that "
                                      "pretrained models are usually fine-tuned with",
                                      text_of(value)),
                          file.line_of("parameters.lr")});
      return;
    }
  }
}

void warn_of_warmup(const SweepFile& file, std::vector<ConfigWarning>& warnings) {
  const SweepSpec& spec = file.spec;
  if (!has_warmup(spec)) {
    return;
  }
  const auto schedules = names_over_levels(spec, "schedule", name_of(spec.training.schedule));
  const auto t_totals = names_over_levels(spec, "t_total", name_of(spec.training.t_total));
  const bool has_a_schedule =
      std::ranges::any_of(schedules, [](const std::string& name) { return name != "none"; });
  if (contains_none(t_totals) && has_a_schedule) {
    warnings.push_back(
        {"warmup_without_t_total",
         "with t_total: none no schedule is applied, so that a warmup above 0 has no "
         "effect; t_total: auto applies it",
         file.line_of("training.t_total")});
  }
  if (contains_none(schedules)) {
    warnings.push_back({"warmup_ignored_by_schedule",
                        "with schedule: none the learning rate is constant, so that a warmup above "
                        "0 has no effect; schedule: warmup_constant warms up and stays constant",
                        file.line_of("training.schedule")});
  }
}

/// Parameters that no argument names, where others do: a slip, or meant for TARAMA_PARAMS alone.
void warn_of_unused_parameters(const SweepFile& file, std::vector<ConfigWarning>& warnings) {
  std::set<std::string> named;
  for (const std::string& argument : file.spec.program->command) {
    if (const auto names = names_in_argument(argument)) {
      named.insert(names->begin(), names->end());
    }
  }
  const auto is_named = [&](const Axis& axis) { return named.contains(axis.key); };
  if (std::ranges::none_of(file.spec.parameters, is_named)) {
    return;
  }
  for (const Axis& axis : file.spec.parameters) {
    if (!is_named(axis)) {
      warnings.push_back({"unused_parameter",
                          fmt::format("no argument of trainer.command holds {{{}}}: the program is "
                                      "told of it by TARAMA_PARAMS alone",
                                      axis.key),
                          file.line_of("parameters." + axis.key)});
    }
  }
}

}  // namespace

std::vector<ConfigWarning> config_warnings(const SweepFile& file) {
  std::vector<ConfigWarning> warnings;
  if (file.spec.program) {
    warn_of_unused_parameters(file, warnings);
    return warnings;
  }
  warn_of_warmup(file, warnings);
  warn_of_rates(file, warnings);
  return warnings;
}

}  // namespace tarama::config
