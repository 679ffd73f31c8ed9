// The rules of `stop_when`, and whether a run reports the numbers that they are about.
#include "core/sweep/enum_names.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/sweep_reading.hpp"
#include "orchestrator/config/unknown_key.hpp"
#include "orchestrator/config/value_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <variant>

namespace tarama::config {

namespace {

constexpr std::size_t most_stop_rules = 32;  // each is asked about behind every evaluation
constexpr std::int64_t most_values = 1'000'000'000;
constexpr std::string_view prefix_of_evals = "eval.";

const std::vector<std::string> keys_of_stop_rule = {
    "metric", "above", "below", "no_improvement", "after", "goal"};

/// One rule, key by key; what is not understood is reported by its name.
class StopRuleReader {
 public:
  StopRuleReader(const YamlItem& item, SweepReading& reading) : item_(item), reading_(reading) {}

  void read() {
    if (item_.value->kind != YamlKind::map) {
      return complain(item_.position,
                      fmt::format("expected a map such as {{metric: eval.loss, above: 10}}, but "
                                  "found {}",
                                  describe(*item_.value)));
    }
    for (const YamlEntry& entry : item_.value->entries) {
      read_entry(entry);
    }
    const int bounds = int{placed_.rule.above.has_value()} + int{placed_.rule.below.has_value()} +
                       int{placed_.rule.no_improvement.has_value()};
    if (is_understood_ && placed_.rule.metric.empty()) {
      complain(item_.position,
               "'metric' is missing: the name of a number that runs report, such as eval.loss");
    } else if (is_understood_ && bounds != 1) {
      complain(item_.position,
               fmt::format("expected one of above, below and no_improvement, but found {}; several "
                           "conditions are several rules, of which any stops the run",
                           bounds == 0 ? "none" : "more"));
    }
    if (is_understood_) {
      placed_.position = item_.position;
      reading_.stop_when.push_back(placed_);
    }
  }

 private:
  void read_entry(const YamlEntry& entry) {
    StopRule& rule = placed_.rule;
    if (entry.key == "metric") {
      take<std::string>({.key = "metric", .kind = ValueKind::text}, entry, rule.metric);
    } else if (entry.key == "above") {
      take<double>({.key = "above", .kind = ValueKind::number, .range = NumberRange::any},
                   entry,
                   rule.above);
    } else if (entry.key == "below") {
      take<double>({.key = "below", .kind = ValueKind::number, .range = NumberRange::any},
                   entry,
                   rule.below);
    } else if (entry.key == "no_improvement") {
      take<std::int64_t>(
          {.key = "no_improvement", .kind = ValueKind::whole, .lowest = 1, .highest = most_values},
          entry,
          rule.no_improvement);
    } else if (entry.key == "after") {
      take<std::int64_t>({.key = "after", .kind = ValueKind::whole}, entry, rule.after);
    } else if (entry.key == "goal") {
      std::string goal;
      take<std::string>(
          {.key = "goal", .kind = ValueKind::choice, .choices = {"maximize", "minimize"}},
          entry,
          goal);
      rule.goal = value_named(goal_names, goal).value_or(rule.goal);
      placed_.has_goal = !goal.empty();
    } else {
      complain(entry.position,
               fmt::format("'{}' is not understood; a rule has {}{}",
                           shown(entry.key),
                           fmt::join(keys_of_stop_rule, ", "),
                           did_you_mean(entry.key, keys_of_stop_rule)));
    }
  }

  template <class T, class Target>
  void take(const KeyRule& rule, const YamlEntry& entry, Target& into) {
    const auto value = read_value(rule, *entry.value, {});
    if (!value) {
      return complain(entry.position, fmt::format("{}: {}", rule.key, value.error().message));
    }
    into = std::get<T>(*value);
  }

  void complain(const Position& position, const std::string& message) {
    is_understood_ = false;
    reading_.report(position, fmt::format("stop_when: {}", message));
  }

  const YamlItem& item_;
  SweepReading& reading_;
  PlacedStopRule placed_;
  bool is_understood_ = true;
};

Goal goal_of_metric(std::string_view name) {
  return name == "eval.loss" ? Goal::minimize : Goal::maximize;
}

void check_built_in_rule(PlacedStopRule& placed, SweepReading& reading) {
  std::vector<std::string> known;
  for (const std::string_view name : names_in(metric_names)) {
    known.push_back(fmt::format("{}{}", prefix_of_evals, name));
  }
  if (std::ranges::count(known, placed.rule.metric) == 0) {
    reading.report(placed.position,
                   fmt::format("stop_when: '{}' is no number that is evaluated after each epoch; "
                               "expected one of {}{}",
                               shown(placed.rule.metric),
                               fmt::join(known, ", "),
                               did_you_mean(placed.rule.metric, known)));
  } else if (!placed.has_goal) {
    placed.rule.goal = goal_of_metric(placed.rule.metric);
  }
}

void check_program_rule(PlacedStopRule& placed, SweepReading& reading) {
  const auto text_at = [&](const char* key) {
    const auto found = reading.values.find(key);
    const auto* const text =
        found == reading.values.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text == nullptr ? std::string() : *text;
  };
  if (placed.has_goal || !placed.rule.no_improvement) {
    return;
  }
  const auto goal = value_named(goal_names, text_at("metric.goal"));
  if (placed.rule.metric == text_at("metric.name") && goal) {
    placed.rule.goal = *goal;
  } else {
    reading.report(placed.position,
                   fmt::format("stop_when: whether '{}' improves as it rises or falls nobody says; "
                               "add goal: maximize or goal: minimize",
                               shown(placed.rule.metric)));
  }
}

}  // namespace

void read_stop_rules(const KeyRule& rule, const YamlEntry& entry, SweepReading& reading) {
  if (entry.value->kind != YamlKind::list) {
    return reading.report(entry.position,
                          fmt::format("{}: {}", rule.key, mismatch(rule, *entry.value)));
  }
  if (entry.value->items.size() > most_stop_rules) {
    return reading.report(entry.position,
                          fmt::format("{}: expected at most {} rules", rule.key, most_stop_rules));
  }
  for (const YamlItem& item : entry.value->items) {
    if (item.value->kind != YamlKind::broken) {
      StopRuleReader(item, reading).read();
    }
  }
}

void check_stop_rules(SweepReading& reading) {
  for (PlacedStopRule& placed : reading.stop_when) {
    reading.program ? check_program_rule(placed, reading) : check_built_in_rule(placed, reading);
  }
}

}  // namespace tarama::config
