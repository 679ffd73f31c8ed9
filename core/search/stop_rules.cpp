// See stop_rules.hpp.
#include "core/search/stop_rules.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tarama {

namespace {

bool is_beyond(const StopRule& rule, double value) {
  // Asked so that what is no number is beyond.
  return (rule.above && !(value <= *rule.above)) || (rule.below && !(value >= *rule.below));
}

bool is_better(Goal goal, double value, const std::optional<MetricPoint>& best) {
  if (std::isnan(value)) {
    return false;
  }
  return !best || (goal == Goal::maximize ? value > best->value : value < best->value);
}

/// The value with which so many in a row were no new best.
std::optional<StopVerdict> first_standstill(const StopRule& rule,
                                            std::span<const MetricPoint> values) {
  std::optional<MetricPoint> best;
  std::int64_t in_row = 0;
  for (const MetricPoint& point : values) {
    if (point.step < rule.after) {
      continue;
    }
    if (is_better(rule.goal, point.value, best)) {
      best = point;
      in_row = 0;
    } else if (++in_row >= *rule.no_improvement) {
      return StopVerdict{
          point.step,
          best ? fmt::format("stop_when: {} has not improved in {} values since {} "
                             "at step {}",
                             rule.metric,
                             in_row,
                             best->value,
                             best->step)
               : fmt::format(
                     "stop_when: the first {} values of {} were no numbers", in_row, rule.metric)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<StopVerdict> first_breach(const StopRule& rule, std::span<const MetricPoint> values) {
  if (rule.no_improvement) {
    return first_standstill(rule, values);
  }
  for (const MetricPoint& point : values) {
    if (point.step >= rule.after && is_beyond(rule, point.value)) {
      return StopVerdict{point.step,
                         fmt::format("stop_when: {} was {} at step {}, {} {}",
                                     rule.metric,
                                     point.value,
                                     point.step,
                                     rule.above ? "above" : "below",
                                     rule.above ? *rule.above : rule.below.value_or(0))};
    }
  }
  return std::nullopt;
}

std::optional<StopVerdict> stop_verdict(const std::vector<StopRule>& rules,
                                        std::optional<std::int64_t> last_step,
                                        const ValuesOf& values_of) {
  std::optional<StopVerdict> first;
  for (const StopRule& rule : rules) {
    std::vector<MetricPoint> values = values_of(rule.metric);
    std::erase_if(values,
                  [&](const MetricPoint& point) { return last_step && point.step >= *last_step; });
    std::optional<StopVerdict> verdict = first_breach(rule, values);
    if (verdict && (!first || verdict->step < first->step)) {
      first = std::move(verdict);
    }
  }
  return first;
}

std::string words_of(const StopRule& rule) {
  std::string text =
      rule.no_improvement
          ? fmt::format("{}: no improvement in {} values", rule.metric, *rule.no_improvement)
      : rule.above ? fmt::format("{} above {}", rule.metric, *rule.above)
                   : fmt::format("{} below {}", rule.metric, rule.below.value_or(0));
  if (rule.after > 0) {
    text += fmt::format(", from step {} on", rule.after);
  }
  return text;
}

}  // namespace tarama
