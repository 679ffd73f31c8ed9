// What the parts of the reader of one axis hand to one another. Private to axis_reader.cpp and
// drawn_axis.cpp.
#pragma once

#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/sweep_reading.hpp"
#include "orchestrator/config/value_reader.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

namespace tarama::config {

struct AxisContext {
  const KeyRule& rule;
  const YamlEntry& entry;
  std::string key;  // "parameters.lr"
  const std::filesystem::path& folder;
  SweepReading& reading;

  void report(const Position& position, const std::string& message) const {
    reading.report(position, fmt::format("{}: {}", key, message));
  }

  void report(const std::string& message) const { report(entry.position, message); }

  [[nodiscard]] bool is_numeric() const {
    return rule.kind == ValueKind::whole || rule.kind == ValueKind::number ||
           rule.kind == ValueKind::anything;
  }

  /// What its min and max are held against.
  [[nodiscard]] const KeyRule& bound_rule() const {
    static const KeyRule any_number{.key = "number", .kind = ValueKind::number};
    return rule.kind == ValueKind::anything ? any_number : rule;
  }

  /// A value of the axis's own rule, or of another; nullopt: it is reported.
  [[nodiscard]] std::optional<ParameterValue> value_at(const YamlItem& item) const {
    return value_at(item, rule, "");
  }

  [[nodiscard]] std::optional<ParameterValue> value_at(const YamlItem& item,
                                                       const KeyRule& by,
                                                       const std::string& name) const {
    if (item.value->kind == YamlKind::broken) {
      return std::nullopt;
    }
    const auto value = read_value(by, *item.value, folder);
    if (!value) {
      report(item.position,
             name.empty() ? value.error().message
                          : fmt::format("'{}': {}", name, value.error().message));
      return std::nullopt;
    }
    return *value;
  }
};

/// The bounds and the distribution that values are drawn by; nullopt: what is wrong is reported.
[[nodiscard]] std::optional<DrawnRange> read_drawn_range(const AxisContext& axis);

/// `when: {norm: pre, layers: [2, 4]}`; empty where there is none, or it is wrong.
[[nodiscard]] std::vector<AxisCondition> read_conditions(const AxisContext& axis);

}  // namespace tarama::config
