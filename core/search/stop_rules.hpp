// Whether what a run has reported gives it up: the rules of `stop_when`. Pure, of the rows that
// count alone: the same rows give the same answer, live and after a restart, whenever it is asked
// for.
#pragma once

#include "core/sweep/metric_point.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tarama {

struct StopVerdict {
  std::int64_t step = 0;  // of the value at which the rule came to hold
  std::string reason;     // for a person

  friend bool operator==(const StopVerdict&, const StopVerdict&) = default;
};

/// The values of a number, by rising step.
using ValuesOf = std::function<std::vector<MetricPoint>(const std::string& metric)>;

/// The first value at which the rule holds; nullopt: none. What is no number lies beyond every
/// bound, and improves on nothing.
[[nodiscard]] std::optional<StopVerdict> first_breach(const StopRule& rule,
                                                      std::span<const MetricPoint> values);

/// Of the rules that hold the one that held first, of equals the one listed first. `last_step`: a
/// run that has got there is complete, and not given up for it; nullopt: its length is not known.
[[nodiscard]] std::optional<StopVerdict> stop_verdict(const std::vector<StopRule>& rules,
                                                      std::optional<std::int64_t> last_step,
                                                      const ValuesOf& values_of);

/// "eval.loss above 10, from step 100 on".
[[nodiscard]] std::string words_of(const StopRule& rule);

}  // namespace tarama
