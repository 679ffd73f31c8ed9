// The documents of `run`, `wait` and `levels`, as docs/JSON.md describes them.
#pragma once

#include "documents/sweep_result.hpp"

#include <nlohmann/json.hpp>

namespace tarama {

[[nodiscard]] nlohmann::ordered_json level_json(const RankedLevel* level);  // nullptr: null
[[nodiscard]] nlohmann::ordered_json result_json(const SweepResult& result, double wall_seconds);
[[nodiscard]] nlohmann::ordered_json levels_json(const SweepResult& result);

}  // namespace tarama
