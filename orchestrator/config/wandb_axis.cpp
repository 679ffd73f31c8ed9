// See wandb_axis.hpp.
#include "orchestrator/config/wandb_axis.hpp"

#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/unknown_key.hpp"
#include "orchestrator/config/wandb_distribution.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

namespace tarama::config {

namespace {

constexpr double most_points = 1000;  // of a range of a grid

bool is_whole_number(double number) {
  return number == std::floor(number);
}

class AxisTranslator {
 public:
  AxisTranslator(const YamlEntry& entry,
                 const std::string& key,
                 const WandbAxisForm& form,
                 WandbReport& report)
      : entry_(entry), node_(*entry.value), key_(key), form_(form), report_(report) {}

  std::optional<WandbAxis> translate() {
    if (node_.kind != YamlKind::map) {
      return refuse(fmt::format("expected a map, such as {{value: {}}}, as W&B does",
                                node_.kind == YamlKind::scalar ? flow(node_) : "3"));
    }
    const WandbDistribution* const distribution = distribution_here();
    if (distribution == nullptr || !has_keys_of(*distribution)) {
      return std::nullopt;
    }
    switch (distribution->shape) {
      case WandbShape::listed:
        return listed();
      case WandbShape::constant:
        return constant();
      case WandbShape::even:
      case WandbShape::geometric:
        return form_.draws_values ? drawn(*distribution) : gone_through(*distribution);
      case WandbShape::bell:
        return form_.draws_values ? bell(*distribution) : gone_through(*distribution);
      case WandbShape::other:
        break;
    }
    return std::nullopt;
  }

 private:
  std::nullopt_t refuse(const Position& position, const std::string& message) {
    report_.refuse(position, fmt::format("{}: {}", key_, message));
    return std::nullopt;
  }

  std::nullopt_t refuse(const std::string& message) { return refuse(entry_.position, message); }

  void warn(const std::string& message) {
    report_.warn(entry_.position, fmt::format("{}: {}", key_, message));
  }

  const YamlEntry* at(const char* name) const { return find_entry(node_, name); }

  /// As W&B tells it by the keys, where the file does not say it.
  const WandbDistribution* distribution_here() {
    if (at("probabilities") != nullptr) {
      refuse(at("probabilities")->position,
             "values are equally likely here; leave 'probabilities' out");
      return nullptr;
    }
    std::string name = text_at(node_, "distribution");
    if (at("distribution") == nullptr) {
      const bool are_whole = shape_of(text_at(node_, "min")) == ScalarShape::whole &&
                             shape_of(text_at(node_, "max")) == ScalarShape::whole;
      name = at("values") != nullptr  ? "categorical"
             : at("value") != nullptr ? "constant"
             : are_whole              ? "int_uniform"
                                      : "uniform";
    }
    const WandbDistribution* const known = find_wandb_distribution(name);
    if (known == nullptr) {
      refuse(at("distribution")->position,
             fmt::format("W&B knows no distribution '{}'{}",
                         shown(name),
                         did_you_mean(name, wandb_distribution_names())));
    } else if (known->shape == WandbShape::other) {
      refuse(at("distribution")->position,
             fmt::format("there is no counterpart of '{}'; write log_uniform_values with min and "
                         "max, normal with mu and sigma, or values: [...]",
                         name));
      return nullptr;
    }
    return known;
  }

  bool has_keys_of(const WandbDistribution& distribution) {
    const std::vector<std::string> keys = keys_of(distribution);
    for (const YamlEntry& entry : node_.entries) {
      if (entry.key != "distribution" && std::ranges::count(keys, entry.key) == 0) {
        refuse(entry.position,
               fmt::format("'{}' says nothing of distribution {}, which has {}; leave it out, or "
                           "name another distribution",
                           shown(entry.key),
                           distribution.name,
                           fmt::join(keys, ", ")));
        return false;
      }
    }
    for (const char* const needed : {"values", "value", "min", "max"}) {
      if (std::ranges::count(keys, needed) > 0 && at(needed) == nullptr) {
        refuse(fmt::format("distribution {} needs '{}'", distribution.name, needed));
        return false;
      }
    }
    return true;
  }

  /// The number at a key, or what W&B takes where it is not there.
  std::optional<double> number_at(const char* name, std::optional<double> usual = std::nullopt) {
    const YamlEntry* const entry = at(name);
    if (entry == nullptr) {
      return usual;
    }
    const bool is_plain =
        entry->value->kind == YamlKind::scalar && entry->value->style != ScalarStyle::quoted;
    const auto number = is_plain ? parse_number(entry->value->text) : std::nullopt;
    if (!number) {
      refuse(
          entry->position,
          fmt::format("'{}' is {}; expected a number in decimal", name, describe(*entry->value)));
    }
    return number;
  }

  std::optional<WandbAxis> listed() {
    const YamlNode& list = *at("values")->value;
    if (list.kind != YamlKind::list || list.items.empty()) {
      return refuse(at("values")->position, "'values' must be a list with at least one value");
    }
    WandbAxis axis;
    std::set<std::pair<bool, std::string>> seen;
    bool has_repeats = false;
    for (const YamlItem& item : list.items) {
      const Result<WandbValue> value = wandb_value(*item.value, form_.booleans);
      if (!value) {
        return refuse(item.position, value.error().message);
      }
      if (seen.emplace(value->form == WandbForm::number, value->argument).second) {
        axis.values.push_back(*value);
      } else {
        has_repeats = true;
      }
    }
    say_values(axis, "values: [", "]");
    if (has_repeats) {
      add_remark(axis, "a value stood there more than once");
      if (form_.draws_values) {
        warn("a value that is listed more than once is as likely as the others here");
      }
    }
    return axis;
  }

  std::optional<WandbAxis> constant() {
    const Result<WandbValue> value = wandb_value(*at("value")->value, form_.booleans);
    if (!value) {
      return refuse(at("value")->position, value.error().message);
    }
    WandbAxis axis;
    axis.values.push_back(*value);
    say_values(axis, "value: ", "");
    return axis;
  }

  void say_values(WandbAxis& axis, std::string_view before, std::string_view behind) {
    std::vector<std::string> words;
    bool lose_points = false;
    for (const WandbValue& value : axis.values) {
      words.push_back(value.yaml);
      lose_points = lose_points || value.loses_point;
    }
    axis.yaml = fmt::format("{{{}{}{}}}", before, fmt::join(words, ", "), behind);
    if (lose_points && form_.booleans == WandbBooleans::as_python) {
      add_remark(axis, "1.0 comes to the program as 1");
      warn("whole numbers come to the program without a point (1.0 as 1); quotes keep it");
    }
  }

  static void add_remark(WandbAxis& axis, const std::string& remark) {
    axis.remark += (axis.remark.empty() ? "" : "; ") + remark;
  }

  struct Bounds {
    double min = 0;
    double max = 0;
    double q = 0;  // 0: no steps
  };

  std::optional<Bounds> bounds(const WandbDistribution& distribution) {
    const auto min = number_at("min");
    const auto max = number_at("max");
    const auto q = distribution.is_stepped ? number_at("q", 1.0) : std::optional(0.0);
    if (!min || !max || !q) {
      return std::nullopt;
    }
    if (*min > *max) {
      return refuse(fmt::format("min is {} and max {}; expected min < max", *min, *max));
    }
    if (distribution.is_stepped && *q <= 0) {
      return refuse(fmt::format("q is {}; expected a number above 0", *q));
    }
    if (distribution.is_whole && (!is_whole_number(*min) || !is_whole_number(*max))) {
      return refuse(
          fmt::format("int_uniform expects whole numbers, but min is {} and max {}", *min, *max));
    }
    Bounds bounds{*min, *max, *q};
    if (distribution.has_exponents) {
      bounds.min = std::exp(distribution.is_inverse ? -*max : *min);
      bounds.max = std::exp(distribution.is_inverse ? -*min : *max);
    }
    const bool has_logarithm = distribution.shape != WandbShape::geometric || bounds.min > 0;
    if (!has_logarithm || !std::isfinite(bounds.max)) {
      return refuse(distribution.has_exponents
                        ? fmt::format("the bounds of {} are exponents of e, and these are too far "
                                      "from 0; for bounds that are values write {}_values",
                                      distribution.name,
                                      distribution.name)
                        : fmt::format("min is {}; expected a number above 0", *min));
    }
    return bounds;
  }

  /// Of a grid. W&B goes through whole numbers to the last, and through steps up to it alone.
  std::optional<WandbAxis> gone_through(const WandbDistribution& distribution) {
    if (distribution.shape != WandbShape::even ||
        (!distribution.is_whole && !distribution.is_stepped)) {
      return refuse(
          fmt::format("a grid needs the values of distribution {} themselves, in W&B as "
                      "well; write values: [...], or method: random",
                      distribution.name));
    }
    const auto range = bounds(distribution);
    if (!range) {
      return std::nullopt;
    }
    const double step = distribution.is_whole ? 1 : range->q;
    const double steps = (range->max - range->min) / step;
    if (steps >= most_points) {
      return refuse(fmt::format("these are {:.0f} values of a grid; write fewer, or method: random",
                                steps + 1));
    }
    // As numpy.arange counts them.
    const double count = distribution.is_whole ? steps + 1 : std::max(1.0, std::ceil(steps - 1e-9));
    WandbAxis axis;
    for (double i = 0; i < count; ++i) {
      const std::string number = fmt::format("{:.12g}", range->min + i * step);
      axis.values.push_back({.form = WandbForm::number, .yaml = number, .argument = number});
    }
    say_values(axis, "values: [", "]");
    if (!distribution.is_whole) {
      add_remark(axis, fmt::format("as W&B goes through q_uniform: without max, {}", range->max));
    }
    return axis;
  }

  std::optional<WandbAxis> drawn(const WandbDistribution& distribution) {
    const auto range = bounds(distribution);
    if (!range) {
      return std::nullopt;
    }
    WandbAxis axis;
    if (range->min == range->max) {
      const std::string number = fmt::format("{}", range->min);
      axis.values.push_back({.form = WandbForm::number, .yaml = number, .argument = number});
      axis.yaml = fmt::format("{{value: {}}}", number);
      add_remark(axis, "min and max were the same");
      return axis;
    }
    std::string how;
    if (distribution.shape == WandbShape::geometric) {
      how = ", distribution: log_uniform";
      warn_of_exponents(distribution, *range, axis);
    } else if (distribution.is_whole) {
      how = ", distribution: int";
    } else if (!distribution.is_stepped && is_whole_number(range->min) &&
               is_whole_number(range->max)) {
      how = ", distribution: uniform";
    }
    if (!add_steps(*range, how, axis)) {
      return std::nullopt;
    }
    axis.yaml = fmt::format("{{min: {}, max: {}{}}}", range->min, range->max, how);
    return axis;
  }

  /// A slip that is often made: log_uniform with values as bounds.
  void warn_of_exponents(const WandbDistribution& distribution,
                         const Bounds& range,
                         WandbAxis& axis) {
    const auto min = number_at("min");
    if (distribution.has_exponents && min && *min >= 0 && !distribution.is_inverse) {
      const std::string values = fmt::format("{:.4g} to {:.4g}", range.min, range.max);
      add_remark(axis, "min and max were exponents of e");
      warn(
          fmt::format("the bounds of {} are exponents of e, so that W&B draws from {}, and so "
                      "does this; for bounds that are values write {}_values",
                      distribution.name,
                      values,
                      distribution.name));
    }
  }

  /// False where no step lies between the bounds.
  bool add_steps(const Bounds& range, std::string& how, WandbAxis& axis) {
    if (range.q == 0) {
      return true;
    }
    const double lowest = std::ceil(range.min / range.q - 1e-9);
    const double highest = std::floor(range.max / range.q + 1e-9);
    if (lowest > highest) {
      refuse(fmt::format("no multiple of q {} lies between min and max", range.q));
      return false;
    }
    how += fmt::format(", q: {}", range.q);
    const auto is_multiple = [&](double bound) {
      return std::abs(std::round(bound / range.q) * range.q - bound) <= range.q * 1e-6;
    };
    if (!is_multiple(range.min) || !is_multiple(range.max)) {
      add_remark(axis, fmt::format("multiples of {} between min and max", range.q));
      warn(
          fmt::format("the multiples of q that are drawn are {:.6g} to {:.6g}; W&B rounds min and "
                      "max to multiples beyond them too",
                      lowest * range.q,
                      highest * range.q));
    }
    return true;
  }

  /// Theirs has no bounds. Beyond 5 sigma lies one draw in 1.7 million.
  std::optional<WandbAxis> bell(const WandbDistribution& distribution) {
    const auto mu = number_at("mu", 0.0);
    const auto sigma = number_at("sigma", 1.0);
    const auto q = distribution.is_stepped ? number_at("q", 1.0) : std::optional(0.0);
    if (!mu || !sigma || !q) {
      return std::nullopt;
    }
    if (*sigma <= 0 || *q < 0 || (distribution.is_stepped && *q == 0)) {
      return refuse(fmt::format("{} is {}; expected a number above 0",
                                *sigma <= 0 ? "sigma" : "q",
                                *sigma <= 0 ? *sigma : *q));
    }
    const double low = std::clamp(*mu - 5 * *sigma, form_.lowest, form_.highest);
    const double high = std::clamp(*mu + 5 * *sigma, form_.lowest, form_.highest);
    if (!(low < high)) {
      return refuse(fmt::format("nearly all of what it draws is out of range; expected {} to {}",
                                form_.lowest,
                                form_.highest));
    }
    std::string how = fmt::format(", distribution: normal, mu: {}, sigma: {}", *mu, *sigma);
    WandbAxis axis;
    const bool is_cut_more = low > *mu - 5 * *sigma || high < *mu + 5 * *sigma;
    add_remark(axis, is_cut_more ? "cut off at what it may be" : "cut off at 5 sigma");
    if (is_cut_more) {
      warn(fmt::format("it is cut off at {:.6g} and {:.6g}", low, high));
    }
    if (*q > 0 && std::ceil(low / *q - 1e-9) > std::floor(high / *q + 1e-9)) {
      return refuse(fmt::format("no multiple of q {} lies within 5 sigma of mu", *q));
    }
    how += *q > 0 ? fmt::format(", q: {}", *q) : "";
    axis.yaml = fmt::format("{{min: {:.6g}, max: {:.6g}{}}}", low, high, how);
    return axis;
  }

  const YamlEntry& entry_;
  const YamlNode& node_;
  const std::string& key_;
  const WandbAxisForm& form_;
  WandbReport& report_;
};

}  // namespace

std::optional<WandbAxis> wandb_axis(const YamlEntry& parameter,
                                    const std::string& key,
                                    const WandbAxisForm& form,
                                    WandbReport& report) {
  return AxisTranslator(parameter, key, form, report).translate();
}

}  // namespace tarama::config
