// The keys of `trainer`, and what else holds where a program trains.
#include "core/sweep/argument_template.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/nearest_name.hpp"
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/sweep_reading.hpp"
#include "orchestrator/config/unknown_key.hpp"
#include "orchestrator/config/value_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace tarama::config {

namespace {

// What the end of a program may mean; the others are told by what ended it.
constexpr std::array named_failures = {FailureClass::program_error,
                                       FailureClass::diverged,
                                       FailureClass::out_of_memory,
                                       FailureClass::bad_data,
                                       FailureClass::disk_full,
                                       FailureClass::device_error,
                                       FailureClass::exited};
constexpr std::size_t longest_argument = 65'536;
constexpr std::size_t most_arguments = 4'096;

constexpr std::array<std::string_view, 5> sections_of_built_in = {
    "data", "model", "training", "share", "keep"};

std::vector<YamlItem> items_of(const YamlEntry& entry) {
  return entry.value->kind == YamlKind::list ? entry.value->items
                                             : std::vector<YamlItem>{{entry.position, entry.value}};
}

void report_mismatch(const KeyRule& rule,
                     const Position& position,
                     const YamlNode& node,
                     SweepReading& reading) {
  if (node.kind != YamlKind::broken) {
    reading.report(position, fmt::format("{}: {}", rule.key, mismatch(rule, node)));
  }
}

void read_command(const KeyRule& rule, const YamlEntry& entry, SweepReading& reading) {
  if (entry.value->kind != YamlKind::list) {
    return report_mismatch(rule, entry.position, *entry.value, reading);
  }
  if (entry.value->items.empty() || entry.value->items.size() > most_arguments) {
    return reading.report(entry.position,
                          fmt::format("{}: expected 1 to {} arguments, but the list has {}",
                                      rule.key,
                                      most_arguments,
                                      entry.value->items.size()));
  }
  for (const YamlItem& item : entry.value->items) {
    // As written: 3 is an argument as good as "3".
    if (item.value->kind != YamlKind::scalar) {
      const bool is_braces = item.value->kind == YamlKind::map;
      reading.report(item.position,
                     fmt::format("{}: expected a text, but found {}{}",
                                 rule.key,
                                 describe(*item.value),
                                 is_braces ? "; YAML needs quotes around braces: \"{lr}\"" : ""));
    } else if (item.value->text.size() > longest_argument ||
               item.value->text.find('\0') != std::string::npos) {
      reading.report(item.position,
                     fmt::format("{}: expected a text of at most {} bytes without a zero byte",
                                 rule.key,
                                 longest_argument));
    } else {
      reading.program->command.push_back({item.value->text, item.position});
    }
  }
}

void read_inputs(const KeyRule& rule, const YamlEntry& entry, SweepReading& reading) {
  for (const YamlItem& item : items_of(entry)) {
    const KeyRule path{.key = rule.key, .kind = ValueKind::model_folder};
    const auto value = read_value(path, *item.value, reading.program->folder);
    if (!value) {
      report_mismatch(rule, item.position, *item.value, reading);
      continue;
    }
    reading.program->inputs.push_back({std::get<std::string>(*value), item.position});
  }
}

void read_log_rule(const KeyRule& rule, const YamlItem& item, SweepReading& reading) {
  const YamlEntry* const pattern = find_entry(*item.value, "pattern");
  const YamlEntry* const failure = find_entry(*item.value, "class");
  const auto is_text = [](const YamlEntry* entry) {
    return entry != nullptr && entry->value->kind == YamlKind::scalar &&
           !entry->value->text.empty();
  };
  if (item.value->kind != YamlKind::map || item.value->entries.size() != 2 || !is_text(pattern) ||
      !is_text(failure)) {
    return report_mismatch(rule, item.position, *item.value, reading);
  }
  std::vector<std::string> names;
  for (const FailureClass known : named_failures) {
    names.emplace_back(name_of(known));
    if (names.back() == failure->value->text) {
      reading.program->on_log.push_back({pattern->value->text, known});
      return;
    }
  }
  reading.report(failure->position,
                 fmt::format("{}: expected one of {} as the class, but found {}{}",
                             rule.key,
                             fmt::join(names, ", "),
                             describe(*failure->value),
                             did_you_mean(failure->value->text, names)));
}

void report_program(SweepReading& reading, const std::string& key, const std::string& message) {
  reading.report(reading.positions.position_of(key), fmt::format("{}: {}", key, message));
}

std::vector<std::string> argument_names(const SweepReading& reading) {
  std::vector<std::string> names = {std::string(seed_argument), std::string(run_dir_argument)};
  for (const auto& [key, position] : reading.positions.by_key) {
    if (section_of(key) == "parameters") {
      names.push_back(key.substr(std::string_view("parameters.").size()));
    }
  }
  for (const Axis& axis : reading.axes) {
    if (std::ranges::count(names, axis.key) == 0) {
      names.push_back(axis.key);  // one with dots in it
    }
  }
  return names;
}

/// `{?name}` is for parameters that are true or false, whatever the level.
void check_conditions(const PlacedText& argument, SweepReading& reading) {
  for (const std::string& name : conditions_in_argument(argument.text)) {
    const auto axis = std::ranges::find(reading.axes, name, &Axis::key);
    if (axis == reading.axes.end()) {
      if (name == seed_argument || name == run_dir_argument) {
        reading.report(argument.position,
                       fmt::format("trainer.command: {{?{}}} is never true or false", name));
      }
      continue;  // its own problem is reported
    }
    const auto is_flag = [](const ParameterValue& value) {
      return is_condition_value(text_of(value));
    };
    if (axis->drawn || !std::ranges::all_of(axis->values, is_flag)) {
      reading.report(argument.position,
                     fmt::format("trainer.command: {{?{0}}} expects values that are true or false; "
                                 "{{{0}}} takes any",
                                 name));
    }
  }
}

void check_arguments(SweepReading& reading) {
  const std::vector<std::string> known = argument_names(reading);
  for (const PlacedText& argument : reading.program->command) {
    const auto names = names_in_argument(argument.text);
    if (!names) {
      reading.report(argument.position, fmt::format("trainer.command: {}", names.error().message));
      continue;
    }
    check_conditions(argument, reading);
    for (const std::string& name : *names) {
      if (std::ranges::count(known, name) == 0) {
        const std::string nearest = did_you_mean(name, known);
        reading.report(argument.position,
                       fmt::format("trainer.command: {{{}}} is no parameter here{}",
                                   name,
                                   nearest.empty()
                                       ? fmt::format("; expected one of {}", fmt::join(known, ", "))
                                       : nearest));
      }
    }
  }
  const auto& command = reading.program->command;
  const auto first = command.empty() ? Result<std::vector<std::string>>(Error{})
                                     : names_in_argument(command.front().text);
  if (first && (!first->empty() || command.front().text.empty())) {
    reading.report(
        command.front().position,
        "trainer.command: the program itself is the same for all runs; expected its name "
        "or path without braces");
  }
}

void check_program_metric(SweepReading& reading) {
  if (!reading.positions.has("metric.name")) {
    report_program(
        reading,
        "metric",
        "the key 'metric.name' is missing; expected the name of a number that the program "
        "reports: metric: {name: val_acc, goal: maximize}");
  } else if (!reading.positions.has("metric.goal")) {
    report_program(reading,
                   "metric.name",
                   "the key 'metric.goal' is missing; expected maximize or minimize, which a name "
                   "alone does not say");
  }
  const auto name = reading.values.find("metric.name");
  if (name != reading.values.end() && std::get<std::string>(name->second).size() > 200) {
    report_program(reading, "metric.name", "expected at most 200 bytes");
  }
}

/// Those by length say nothing here; the default means: as listed.
void check_program_order(SweepReading& reading) {
  const auto order = reading.values.find("order");
  if (order != reading.values.end() &&
      std::get<std::string>(order->second) == name_of(OrderBy::cheapest_first)) {
    report_program(reading,
                   "order",
                   "how long a run of a program takes only the program knows; expected as_listed "
                   "or random");
  }
}

void check_program_grace(SweepReading& reading) {
  const auto grace = reading.values.find("trainer.grace");
  const auto* const limit =
      grace == reading.values.end() ? nullptr : std::get_if<std::int64_t>(&grace->second);
  const std::chrono::milliseconds longest = longest_program_grace;
  if (grace != reading.values.end() && (limit == nullptr || *limit > longest.count())) {
    report_program(reading,
                   "trainer.grace",
                   "expected at most 50s: after 60 s whoever ends the worker ends it for good");
  }
}

}  // namespace

void read_program_key(const KeyRule& rule, const YamlEntry& entry, SweepReading& reading) {
  if (!reading.program) {
    return;  // `trainer` came twice, or is no map: that is reported
  }
  if (rule.kind == ValueKind::arguments) {
    read_command(rule, entry, reading);
  } else if (rule.kind == ValueKind::paths) {
    read_inputs(rule, entry, reading);
  } else if (entry.value->kind != YamlKind::list) {
    report_mismatch(rule, entry.position, *entry.value, reading);
  } else {
    for (const YamlItem& item : entry.value->items) {
      read_log_rule(rule, item, reading);
    }
  }
}

std::optional<KeyRule> axis_rule(const SweepReading& reading, std::string_view name) {
  if (!reading.program) {
    const KeyRule* const rule = find_axis_rule(name);
    return rule == nullptr ? std::nullopt : std::optional(*rule);
  }
  return can_name_parameter(name) ? std::optional(KeyRule{.key = "parameters." + std::string(name),
                                                          .kind = ValueKind::anything,
                                                          .sweeping = Sweeping::only_there})
                                  : std::nullopt;
}

bool is_of_built_in_trainer(std::string_view key) {
  const std::string_view section = key.substr(0, key.find('.'));
  return std::ranges::count(sections_of_built_in, section) > 0 || key.starts_with("parameters.");
}

void check_program(SweepReading& reading) {
  if (!reading.program) {
    return;
  }
  check_arguments(reading);
  check_program_metric(reading);
  check_program_grace(reading);
  check_program_order(reading);
}

}  // namespace tarama::config
