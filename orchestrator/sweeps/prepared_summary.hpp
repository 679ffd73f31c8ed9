// What checking a sweep's inputs has shown, as it travels with a submission. In the store each
// level keeps its own.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// What a client submits beside the spec: the inputs of each level, shared where they are equal.
struct PreparedSummary {
  std::vector<LevelInputs> variants;
  std::vector<std::int64_t> variant_of_level;  // index of `variants`, by LevelId - 1

  friend bool operator==(const PreparedSummary&, const PreparedSummary&) = default;
};

[[nodiscard]] std::string to_json(const PreparedSummary& summary);
[[nodiscard]] Result<PreparedSummary> prepared_summary_from_json(const std::string& text);

}  // namespace tarama::orchestrator
