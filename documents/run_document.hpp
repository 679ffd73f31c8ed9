// Sweeps, runs, attempts and evaluations of the database as JSON, for `list` and `show`. The keys
// are described in docs/JSON.md.
#pragma once

#include "db/sqlite/read_store.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tarama {

[[nodiscard]] nlohmann::ordered_json sweep_json(const db::SweepInfo& sweep);
[[nodiscard]] nlohmann::ordered_json run_json(const db::RunInfo& run);
[[nodiscard]] nlohmann::ordered_json attempt_json(const db::AttemptInfo& attempt);
[[nodiscard]] nlohmann::ordered_json eval_json(const EvalRow& row);

/// "2026-11-23T12:05:02Z"; "-" for none.
[[nodiscard]] std::string moment_text(std::optional<TimePoint> moment);
/// Of such a text; nullopt where it is none.
[[nodiscard]] std::optional<TimePoint> moment_named(const std::string& text);

}  // namespace tarama
