// One parameter of a W&B sweep file as an axis of ours. Pure.
#pragma once

#include "orchestrator/config/wandb_report.hpp"
#include "orchestrator/config/wandb_value.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tarama::config {

/// What the axes of one file have in common, and what the key may hold.
struct WandbAxisForm {
  bool draws_values = false;  // the method is no grid
  WandbBooleans booleans = WandbBooleans::as_python;
  double lowest = -std::numeric_limits<double>::infinity();  // where theirs has no bounds
  double highest = std::numeric_limits<double>::infinity();
};

struct WandbAxis {
  std::string yaml;                // "{values: [1, 2]}"
  std::string remark;              // what stands behind it as a comment; empty: nothing
  std::vector<WandbValue> values;  // empty of what is drawn from a range
};

/// `key` opens what is said of it. Nothing where it is refused, which is reported.
[[nodiscard]] std::optional<WandbAxis> wandb_axis(const YamlEntry& parameter,
                                                  const std::string& key,
                                                  const WandbAxisForm& form,
                                                  WandbReport& report);

}  // namespace tarama::config
