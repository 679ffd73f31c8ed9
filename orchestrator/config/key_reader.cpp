// Walks a parsed sweep file along the table of keys.
#include "core/sweep/enum_names.hpp"
#include "core/sweep/nearest_name.hpp"
#include "core/sweep/refinement.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/sweep_reading.hpp"
#include "orchestrator/config/unknown_key.hpp"
#include "orchestrator/config/value_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tarama::config {

namespace {

std::string path_of(std::string_view section, std::string_view name) {
  return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

class KeyReader {
 public:
  KeyReader(SweepReading& reading, const std::filesystem::path& folder)
      : reading_(reading), folder_(folder) {}

  void read_section(const YamlNode& map, const std::string& section) {
    for (const YamlEntry& entry : map.entries) {
      if (reading_.has_enough_problems()) {
        return;
      }
      const std::string key = path_of(section, entry.key);
      const KeyRule* const rule = find_rule(key);
      if (section == "parameters") {
        read_axis(entry, folder_, reading_);
      } else if (section.empty() && reading_.program && is_of_built_in_trainer(entry.key)) {
        reading_.report(entry.position,
                        fmt::format("{}: it is for the built-in trainer, but a program trains here "
                                    "(trainer); leave it out",
                                    shown(entry.key)));
      } else if (rule == nullptr || rule->sweeping == Sweeping::only_there ||
                 section_of(rule->key) != section) {
        report_unknown_key(reading_, section, entry);
      } else {
        reading_.positions.by_key[key] = entry.position;
        read_entry(rule_here(*rule), entry);
      }
    }
    report_missing(section);
  }

 private:
  /// A program calls its numbers as it likes.
  [[nodiscard]] const KeyRule& rule_here(const KeyRule& rule) const {
    static const KeyRule any_metric{.key = "metric.name", .kind = ValueKind::metric};
    return reading_.program && rule.key == any_metric.key ? any_metric : rule;
  }

  static bool is_program_kind(ValueKind kind) {
    return kind == ValueKind::arguments || kind == ValueKind::paths || kind == ValueKind::log_rules;
  }

  void read_entry(const KeyRule& rule, const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    if (node.kind == YamlKind::broken) {
      return;
    }
    if (rule.kind == ValueKind::map || rule.kind == ValueKind::parameters) {
      read_map(rule, entry);
    } else if (rule.kind == ValueKind::whole_or_map && node.kind == YamlKind::map) {
      read_map(rule, entry);
      take_first(rule.key);
    } else if (is_program_kind(rule.kind)) {
      read_program_key(rule, entry, reading_);
    } else if (rule.kind == ValueKind::stop_rules) {
      read_stop_rules(rule, entry, reading_);
    } else if (rule.kind == ValueKind::devices) {
      read_devices(rule, entry);
    } else if (rule.kind == ValueKind::data_files && node.kind == YamlKind::list) {
      read_files(rule, entry);
    } else if (const auto value = read_value(rule, node, folder_)) {
      reading_.values.emplace(rule.key, *value);
    } else {
      report(rule, entry.position, value.error().message);
    }
  }

  void read_map(const KeyRule& rule, const YamlEntry& entry) {
    if (entry.value->kind == YamlKind::map) {
      reading_.sections.insert(rule.key);
      read_section(*entry.value, rule.key);
    } else if (rule.key == "rungs" && entry.value->text == "restart") {
      report(rule, entry.position, words_for_restart());
    } else {
      report(rule, entry.position, mismatch(rule, *entry.value));
    }
  }

  /// The number that a map of replicates begins with.
  void take_first(const std::string& key) {
    const auto first = reading_.values.find(key + ".first");
    reading_.values[key] =
        first != reading_.values.end() ? first->second : ParameterValue(Refinement{}.first);
  }

  void read_files(const KeyRule& rule, const YamlEntry& entry) {
    if (entry.value->items.empty()) {
      report(rule, entry.position, "the list is empty; expected at least one file");
    }
    for (const YamlItem& item : entry.value->items) {
      if (item.value->kind == YamlKind::broken || reading_.has_enough_problems()) {
        continue;
      }
      const auto value = read_value(rule, *item.value, folder_);
      if (!value) {
        report(rule, item.position, value.error().message);
        continue;
      }
      const auto& path = std::get<std::string>(*value);
      const auto first = reading_.values.find(rule.key);
      const bool is_twice =
          (first != reading_.values.end() && std::get<std::string>(first->second) == path) ||
          std::ranges::count(reading_.more_train, path) > 0;
      if (is_twice) {
        report(rule, item.position, fmt::format("{} is listed twice", path));
      } else if (first == reading_.values.end()) {
        reading_.values.emplace(rule.key, path);
      } else {
        reading_.more_train.push_back(path);
      }
    }
  }

  void read_devices(const KeyRule& rule, const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    if (node.kind == YamlKind::scalar && (node.text == "auto" || node.text == "cpu")) {
      if (node.text == "cpu") {
        reading_.devices = {"cpu"};
      }
      return;
    }
    if (node.kind != YamlKind::list) {
      const bool is_one = node.kind == YamlKind::scalar && is_device(node.text);
      report(rule,
             entry.position,
             mismatch(rule, node) + (is_one ? fmt::format("; write [{}]", node.text) : ""));
    } else if (node.items.empty()) {
      report(rule, entry.position, "the list is empty; expected at least one device, or auto");
    }
    for (const YamlItem& item : node.items) {
      read_device(rule, item);
    }
  }

  void read_device(const KeyRule& rule, const YamlItem& item) {
    const YamlNode& node = *item.value;
    if (node.kind == YamlKind::broken) {
      return;
    }
    if (node.kind != YamlKind::scalar || !is_device(node.text)) {
      report(rule,
             item.position,
             fmt::format("expected cpu or cuda:N in the list, but found {}", describe(node)));
    } else if (std::ranges::count(reading_.devices, node.text) > 0) {
      report(rule, item.position, fmt::format("{} is listed twice", node.text));
    } else {
      reading_.devices.push_back(node.text);
    }
  }

  void report(const KeyRule& rule, const Position& position, const std::string& message) {
    reading_.report(position, fmt::format("{}: {}", rule.key, message));
  }

  void report_missing(const std::string& section) {
    for (const KeyRule& rule : key_rules()) {
      const bool is_missing = rule.need == Need::required && section_of(rule.key) == section &&
                              !reading_.positions.has(rule.key) &&
                              !(reading_.program && is_of_built_in_trainer(rule.key));
      if (is_missing) {
        const std::string expected =
            section == "parameters" ? fmt::format("{{values: [...]}}, each {}", expected_by(rule))
                                    : expected_by(rule);
        reading_.report(reading_.positions.position_of(section),
                        fmt::format("the key '{}' is missing; expected {}", rule.key, expected));
      }
    }
  }

  SweepReading& reading_;
  const std::filesystem::path& folder_;
};

}  // namespace

void report_unknown_key(SweepReading& reading, std::string_view section, const YamlEntry& entry) {
  reading.report(entry.position, unknown_key_message(section, entry.key));
  if (const auto meant = nearest_name(entry.key, names_in_section(section))) {
    reading.positions.by_key.emplace(path_of(section, *meant), entry.position);
  }
}

bool SweepReading::is_given(const std::string& key) const {
  return positions.has(key) || positions.has("parameters." + bare_name(key));
}

std::vector<ParameterValue> SweepReading::values_of(const std::string& key) const {
  for (const Axis& axis : axes) {
    if (axis.key == bare_name(key)) {
      return axis.values;
    }
  }
  const auto found = values.find(key);
  return found == values.end() ? std::vector<ParameterValue>{} : std::vector{found->second};
}

SweepReading read_keys(const YamlNode& root,
                       KeyPositions positions,
                       const std::filesystem::path& folder) {
  SweepReading reading;
  reading.positions = std::move(positions);
  if (root.kind == YamlKind::map) {
    const YamlEntry* const method = find_entry(root, "method");
    const auto named =
        method != nullptr ? value_named(method_names, method->value->text) : std::nullopt;
    reading.draws_values = named && *named != Method::grid;
    const YamlEntry* const trainer = find_entry(root, "trainer");
    if (trainer != nullptr && trainer->value->kind == YamlKind::map) {
      reading.program = ProgramReading{.command = {}, .inputs = {}, .on_log = {}, .folder = folder};
    }
    KeyReader(reading, folder).read_section(root, "");
  } else if (root.kind == YamlKind::null) {
    reading.report({}, "the file is empty; expected at least name, parameters, data and model");
  } else if (root.kind != YamlKind::broken) {
    reading.report({},
                   fmt::format("expected a map with keys such as name, parameters, data and model, "
                               "but found {}",
                               describe(root)));
  }
  return reading;
}

}  // namespace tarama::config
