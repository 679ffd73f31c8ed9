// One axis: `values`, `value`, the points between `min` and `max`, or what is drawn there.
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/axis_context.hpp"
#include "orchestrator/config/foreign_words.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/sweep_reading.hpp"
#include "orchestrator/config/unknown_key.hpp"
#include "orchestrator/config/value_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace tarama::config {

namespace {

std::vector<ParameterValue> listed_values(const AxisContext& axis, const YamlEntry& values) {
  std::vector<ParameterValue> result;
  if (values.value->kind == YamlKind::broken) {
    return result;
  }
  if (values.value->kind != YamlKind::list) {
    axis.report(values.position,
                fmt::format("'values' must be a list, but is {}; for one value write 'value'",
                            describe(*values.value)));
    return result;
  }
  if (values.value->items.empty()) {
    axis.report(values.position, "'values' is empty; expected at least one value");
  }
  std::set<ParameterValue> seen;
  for (const YamlItem& item : values.value->items) {
    if (axis.reading.has_enough_problems()) {
      break;
    }
    const auto value = axis.value_at(item);
    if (value && !seen.insert(*value).second) {
      axis.report(item.position, fmt::format("{} is listed twice", text_of(*value)));
    } else if (value) {
      result.push_back(*value);
    }
  }
  return result;
}

/// The double nearest to the number in 12 digits: 0.30000000000000004 is 0.3. Points must not
/// differ from the same value written by hand, which would be another run.
double rounded(double value) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(
      text.data(), text.data() + text.size(), value, std::chars_format::scientific, 11);
  std::from_chars(text.data(), written.ptr, value);
  return value;
}

struct PointRange {
  double min = 0;
  double max = 0;
  std::int64_t count = 1;
  bool is_geometric = false;
  bool is_whole = false;  // all points must be
};

std::vector<double> points_of(const PointRange& range) {
  std::vector<double> points;
  const auto gaps = static_cast<double>(range.count - 1);
  for (std::int64_t index = 0; index < range.count; ++index) {
    if (index == 0 || index == range.count - 1) {
      points.push_back(index == 0 ? range.min : range.max);
      continue;
    }
    const double share = static_cast<double>(index) / gaps;
    const double point =
        range.is_geometric
            ? std::exp(std::log(range.min) * (1 - share) + std::log(range.max) * share)
            : range.min * (1 - share) + range.max * share;
    points.push_back(rounded(point));
  }
  return points;
}

std::optional<double> bound_at(const AxisContext& axis, const YamlEntry& entry) {
  const auto value = axis.value_at({entry.position, entry.value}, axis.bound_rule(), "");
  return value ? number_of(*value) : std::nullopt;
}

std::optional<std::int64_t> count_at(const AxisContext& axis, const YamlEntry& entry) {
  const KeyRule count{.key = "count", .kind = ValueKind::whole, .lowest = 1, .highest = most_runs};
  const auto value = axis.value_at({entry.position, entry.value}, count, "count");
  return value ? std::optional(std::get<std::int64_t>(*value)) : std::nullopt;
}

/// "uniform", "log_uniform" or "int".
std::optional<std::string> spacing_at(const AxisContext& axis, const YamlEntry* entry) {
  if (entry == nullptr) {
    return "uniform";
  }
  const KeyRule distribution{.key = "distribution",
                             .kind = ValueKind::choice,
                             .choices = {"uniform", "log_uniform", "int"}};
  const auto value = axis.value_at({entry->position, entry->value}, distribution, "distribution");
  return value ? std::optional(std::get<std::string>(*value)) : std::nullopt;
}

/// What is wrong with a range of points, or nothing.
std::string problem_of(const PointRange& range) {
  if (range.min > range.max) {
    return fmt::format("min is {} and max {}; expected min <= max", range.min, range.max);
  }
  if (range.is_geometric && range.min <= 0) {
    return fmt::format("min is {}; log_uniform expects a min above 0", range.min);
  }
  if (range.count == 1 && range.min != range.max) {
    return fmt::format("count is 1, but min {} and max {} differ; expected a count of at least 2",
                       range.min,
                       range.max);
  }
  if (range.count > 1 && range.min == range.max) {
    return fmt::format("count is {}, but min and max are both {}: the same value again and again",
                       range.count,
                       range.min);
  }
  return "";
}

std::vector<ParameterValue> values_of_points(const AxisContext& axis, const PointRange& range) {
  std::vector<ParameterValue> result;
  std::set<ParameterValue> seen;
  for (const double point : points_of(range)) {
    if (range.is_whole && point != std::floor(point)) {
      axis.report(
          fmt::format("min {}, max {} and count {} give the point {}; expected whole numbers only",
                      range.min,
                      range.max,
                      range.count,
                      point));
      return {};
    }
    const bool is_whole = axis.rule.kind == ValueKind::whole ||
                          (axis.rule.kind == ValueKind::anything && point == std::floor(point) &&
                           std::abs(point) < 1e15);
    const ParameterValue value =
        is_whole ? ParameterValue(static_cast<std::int64_t>(point)) : ParameterValue(point);
    if (!seen.insert(value).second) {
      axis.report(fmt::format("count {} gives the point {} twice; min and max are too close",
                              range.count,
                              text_of(value)));
      return {};
    }
    result.push_back(value);
  }
  return result;
}

std::vector<ParameterValue> spaced_values(const AxisContext& axis) {
  const YamlNode& node = *axis.entry.value;
  const YamlEntry* const min = find_entry(node, "min");
  const YamlEntry* const max = find_entry(node, "max");
  const YamlEntry* const count = find_entry(node, "count");
  if (!axis.is_numeric()) {
    axis.report("min, max and count are for numbers; expected values: [...]");
    return {};
  }
  if (min == nullptr || max == nullptr || count == nullptr) {
    std::vector<std::string> missing;
    for (const char* const name : {"min", "max", "count"}) {
      if (find_entry(node, name) == nullptr) {
        missing.emplace_back(name);
      }
    }
    const bool could_draw = min != nullptr && max != nullptr;
    axis.report(
        fmt::format("min, max and count come together; missing: {}{}",
                    fmt::join(missing, ", "),
                    could_draw ? "; without it, method: random, sobol or tpe draws values" : ""));
    (void)spacing_at(axis, find_entry(node, "distribution"));  // for its problems
    return {};
  }
  const auto low = bound_at(axis, *min);
  const auto high = bound_at(axis, *max);
  const auto points = count_at(axis, *count);
  const auto spacing = spacing_at(axis, find_entry(node, "distribution"));
  if (!low || !high || !points || !spacing) {
    return {};
  }
  const PointRange range{.min = *low,
                         .max = *high,
                         .count = *points,
                         .is_geometric = *spacing == "log_uniform",
                         .is_whole = axis.rule.kind == ValueKind::whole || *spacing == "int"};
  if (const std::string problem = problem_of(range); !problem.empty()) {
    axis.report(problem);
    return {};
  }
  return values_of_points(axis, range);
}

/// Records the places of an axis's own keys; false if one is not known.
bool check_names(const AxisContext& axis) {
  bool are_known = true;
  for (const YamlEntry& entry : axis.entry.value->entries) {
    if (axis.reading.has_enough_problems()) {
      return false;
    }
    axis.reading.positions.by_key[axis.key + "." + entry.key] = entry.position;
    if (std::ranges::count(names_in_axis(), entry.key) == 0) {
      const auto foreign = words_for_foreign_key(entry.key);
      const std::string hint = foreign ? "; " + *foreign : did_you_mean(entry.key, names_in_axis());
      axis.reading.report(entry.position,
                          fmt::format("unknown key '{}' in '{}'{}",
                                      shown(entry.key),
                                      axis.key,
                                      hint.empty() ? fmt::format("; expected one of {}",
                                                                 fmt::join(names_in_axis(), ", "))
                                                   : hint));
      are_known = false;
    }
  }
  return are_known;
}

std::vector<ParameterValue> single_value(const AxisContext& axis, const YamlEntry& value) {
  if (value.value->kind == YamlKind::list) {
    axis.report(value.position, "'value' is one value, but is a list; write 'values'");
    return {};
  }
  const auto single = axis.value_at({value.position, value.value});
  return single ? std::vector{*single} : std::vector<ParameterValue>{};
}

/// What only values that are drawn have, in an axis whose values are not.
bool has_stray_keys(const AxisContext& axis) {
  bool has_some = false;
  for (const char* const name : {"mu", "sigma", "q"}) {
    if (const YamlEntry* const entry = find_entry(*axis.entry.value, name)) {
      axis.report(
          entry->position,
          fmt::format("'{}' is for values that are drawn: method: random, sobol or tpe, with "
                      "min and max and without count",
                      name));
      has_some = true;
    }
  }
  return has_some;
}

/// Its values, or what they are drawn by; neither where something is wrong.
void read_values(const AxisContext& context, Axis& axis) {
  const YamlNode& node = *context.entry.value;
  const YamlEntry* const values = find_entry(node, "values");
  const YamlEntry* const value = find_entry(node, "value");
  const bool has_points = std::ranges::any_of(node.entries, [](const YamlEntry& entry) {
    return entry.key != "values" && entry.key != "value" && entry.key != "when";
  });
  const int ways = (values != nullptr ? 1 : 0) + (value != nullptr ? 1 : 0) + (has_points ? 1 : 0);
  if (ways != 1) {
    context.report(
        fmt::format("expected either values, or value, or min, max and count, but found {}",
                    ways == 0 ? "none of them" : "several of them"));
  } else if (values != nullptr) {
    axis.values = listed_values(context, *values);
  } else if (value != nullptr) {
    axis.values = single_value(context, *value);
  } else if (context.reading.draws_values && find_entry(node, "count") == nullptr) {
    axis.drawn = read_drawn_range(context);
  } else if (!has_stray_keys(context)) {
    axis.values = spaced_values(context);
  }
}

}  // namespace

void read_axis(const YamlEntry& entry, const std::filesystem::path& folder, SweepReading& reading) {
  const std::string key = "parameters." + entry.key;
  const std::optional<KeyRule> rule = axis_rule(reading, entry.key);
  if (!rule && reading.program) {
    reading.report(
        entry.position,
        fmt::format("'{}' cannot name a parameter: expected letters, digits, '_', '-' and "
                    "'.', at most 100, and neither seed (see replicates) nor run_dir",
                    shown(entry.key)));
    return;
  }
  if (!rule) {
    report_unknown_key(reading, "parameters", entry);
    return;
  }
  reading.positions.by_key[key] = entry.position;
  const AxisContext axis{*rule, entry, key, folder, reading};
  if (entry.value->kind == YamlKind::broken) {
    return;
  }
  if (entry.value->kind != YamlKind::map) {
    const bool is_list = entry.value->kind == YamlKind::list;
    axis.report(fmt::format("expected a map, such as {{values: [...]}}, but found {}{}",
                            describe(*entry.value),
                            is_list ? "; write {values: [...]} around it" : ""));
    return;
  }
  if (!check_names(axis)) {
    return;
  }
  Axis read{.key = entry.key, .values = {}};
  read_values(axis, read);
  read.when = read_conditions(axis);
  if (!read.values.empty() || read.drawn) {
    reading.axes.push_back(std::move(read));
  }
}

}  // namespace tarama::config
