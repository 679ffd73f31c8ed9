// The parts of an axis that are no list of values: what is drawn, and when it counts.
#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/axis_context.hpp"
#include "orchestrator/config/scalars.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace tarama::config {

namespace {

const KeyRule any_number{.key = "number", .kind = ValueKind::number};
const KeyRule positive_number{
    .key = "number", .kind = ValueKind::number, .range = NumberRange::positive};

const YamlEntry* entry_of(const AxisContext& axis, const char* name) {
  return find_entry(*axis.entry.value, name);
}

/// The number at `name`; nullopt: not there, or wrong, which is reported.
std::optional<double> number_at(const AxisContext& axis, const char* name, const KeyRule& rule) {
  const YamlEntry* const entry = entry_of(axis, name);
  if (entry == nullptr) {
    return std::nullopt;
  }
  const bool is_bound = &rule == &axis.bound_rule();
  const auto value =
      axis.value_at({entry->position, entry->value}, rule, is_bound ? "" : std::string(name));
  return value ? number_of(*value) : std::nullopt;
}

/// `int` is `uniform` over the whole numbers.
struct DrawnBy {
  Distribution distribution = Distribution::uniform;
  bool is_whole = false;
};

bool is_written_whole(const YamlEntry* bound) {
  return bound != nullptr && bound->value->kind == YamlKind::scalar &&
         shape_of(bound->value->text) == ScalarShape::whole;
}

/// Without a word about it, whole numbers where both bounds are written as such: nobody means 2.7
/// layers by {min: 2, max: 4}, and W&B reads it so.
DrawnBy usual_distribution(const AxisContext& axis) {
  return {.is_whole = entry_of(axis, "q") == nullptr && is_written_whole(entry_of(axis, "min")) &&
                      is_written_whole(entry_of(axis, "max"))};
}

std::optional<DrawnBy> drawn_distribution(const AxisContext& axis) {
  const YamlEntry* const entry = entry_of(axis, "distribution");
  if (entry == nullptr) {
    return usual_distribution(axis);
  }
  KeyRule rule{.key = "distribution", .kind = ValueKind::choice, .choices = {"int"}};
  for (const auto& named : distribution_names) {
    rule.choices.emplace_back(named.name);
  }
  const auto value = axis.value_at({entry->position, entry->value}, rule, "distribution");
  if (!value) {
    return std::nullopt;
  }
  if (std::get<std::string>(*value) != "int") {
    const auto named = value_named(distribution_names, std::get<std::string>(*value));
    return named ? std::optional(DrawnBy{.distribution = *named}) : std::nullopt;
  }
  for (const char* const name : {"min", "max"}) {
    const YamlEntry* const bound = entry_of(axis, name);
    if (bound != nullptr && !is_written_whole(bound)) {
      axis.report(bound->position,
                  fmt::format("'{}': distribution: int expects a whole number, but found {}",
                              name,
                              describe(*bound->value)));
      return std::nullopt;
    }
  }
  return DrawnBy{.is_whole = true};
}

/// Keys of numbers hold numbers: theirs are multiples of 1.
DrawnRange in_whole_numbers(DrawnRange range, const DrawnBy& by, const KeyRule& rule) {
  range.is_whole = rule.kind == ValueKind::whole || (by.is_whole && rule.kind != ValueKind::number);
  if (by.is_whole && !range.is_whole && range.q == 0) {
    range.q = 1;
  }
  return range;
}

/// What a range of this distribution cannot do without and the axis does not have.
std::vector<std::string> missing_keys(const AxisContext& axis, Distribution distribution) {
  std::vector<std::string> missing;
  for (const char* const name : {"min", "max", "mu", "sigma"}) {
    const bool is_of_normal = std::string_view(name) == "mu" || std::string_view(name) == "sigma";
    if ((distribution == Distribution::normal || !is_of_normal) &&
        entry_of(axis, name) == nullptr) {
      missing.emplace_back(name);
    }
  }
  return missing;
}

/// Whether all keys of the distribution are there, and none of another; else it is reported.
bool has_its_keys(const AxisContext& axis, Distribution distribution) {
  const bool is_normal = distribution == Distribution::normal;
  if (const auto missing = missing_keys(axis, distribution); !missing.empty()) {
    axis.report(fmt::format("{} expects {}; missing: {}",
                            name_of(distribution),
                            is_normal ? "mu, sigma, min and max" : "min and max",
                            fmt::join(missing, ", ")));
    return false;
  }
  for (const char* const name : {"mu", "sigma"}) {
    if (!is_normal && entry_of(axis, name) != nullptr) {
      axis.report(entry_of(axis, name)->position,
                  fmt::format("'{}' is for distribution: normal", name));
      return false;
    }
  }
  return true;
}

/// What is wrong with the range, or nothing.
std::string problem_with_range(const DrawnRange& range) {
  if (!(range.min < range.max)) {
    return fmt::format(
        "min is {} and max {}; expected min < max, or value: {}", range.min, range.max, range.min);
  }
  if (range.distribution == Distribution::log_uniform && range.min <= 0) {
    return fmt::format("min is {}; log_uniform expects a min above 0", range.min);
  }
  if (range.is_whole && range.q != std::floor(range.q)) {
    return fmt::format("q is {}; expected a whole number for whole values", range.q);
  }
  if (range.q > 0 && std::floor(range.max / range.q) < std::ceil(range.min / range.q)) {
    return fmt::format(
        "no multiple of q {} lies between min {} and max {}", range.q, range.min, range.max);
  }
  if (range.distribution == Distribution::normal &&
      (range.max < range.mu - 5 * range.sigma || range.min > range.mu + 5 * range.sigma)) {
    return fmt::format(
        "min {} and max {} lie beyond 5 sigma of mu {}", range.min, range.max, range.mu);
  }
  return "";
}

/// The values of one condition, each once.
std::vector<ParameterValue> values_of_condition(const AxisContext& axis,
                                                const KeyRule& rule,
                                                const YamlEntry& entry) {
  const YamlNode& node = *entry.value;
  const std::vector<YamlItem> items = node.kind == YamlKind::list
                                          ? node.items
                                          : std::vector<YamlItem>{{entry.position, entry.value}};
  std::vector<ParameterValue> values;
  for (const YamlItem& item : items) {
    const auto value = axis.value_at(item, rule, "when." + entry.key);
    if (value && std::ranges::count(values, *value) == 0) {
      values.push_back(*value);
    }
  }
  if (items.empty()) {
    axis.report(entry.position, "'when': the list is empty; expected at least one value");
  }
  return values;
}

}  // namespace

std::optional<DrawnRange> read_drawn_range(const AxisContext& axis) {
  if (!axis.is_numeric()) {
    axis.report("min and max are for numbers; expected values: [...]");
    return std::nullopt;
  }
  const auto by = drawn_distribution(axis);
  if (!by) {
    return std::nullopt;
  }
  const Distribution distribution = by->distribution;
  if (!has_its_keys(axis, distribution)) {
    return std::nullopt;
  }
  const bool is_normal = distribution == Distribution::normal;
  const auto min = number_at(axis, "min", axis.bound_rule());
  const auto max = number_at(axis, "max", axis.bound_rule());
  const auto mu = is_normal ? number_at(axis, "mu", any_number) : 0.0;
  const auto sigma = is_normal ? number_at(axis, "sigma", positive_number) : 1.0;
  const auto q =
      entry_of(axis, "q") == nullptr ? std::optional(0.0) : number_at(axis, "q", positive_number);
  if (!min || !max || !mu || !sigma || !q) {
    return std::nullopt;
  }
  const DrawnRange range = in_whole_numbers(
      {.distribution = distribution, .min = *min, .max = *max, .mu = *mu, .sigma = *sigma, .q = *q},
      *by,
      axis.rule);
  if (const std::string problem = problem_with_range(range); !problem.empty()) {
    axis.report(problem);
    return std::nullopt;
  }
  return range;
}

std::vector<AxisCondition> read_conditions(const AxisContext& axis) {
  const YamlEntry* const when = entry_of(axis, "when");
  std::vector<AxisCondition> conditions;
  if (when == nullptr || when->value->kind == YamlKind::broken) {
    return conditions;
  }
  if (when->value->kind != YamlKind::map || when->value->entries.empty()) {
    axis.report(when->position,
                fmt::format("'when' expects the other key and its values, such as {{norm: pre}}, "
                            "but found {}",
                            describe(*when->value)));
    return conditions;
  }
  for (const YamlEntry& entry : when->value->entries) {
    const std::optional<KeyRule> rule = axis_rule(axis.reading, entry.key);
    if (!rule) {
      report_unknown_key(axis.reading, "parameters", entry);
      continue;
    }
    conditions.push_back({entry.key, values_of_condition(axis, *rule, entry)});
  }
  return conditions;
}

}  // namespace tarama::config
