// Sweeps, runs, attempts and evaluations of the database as JSON, for `list` and `show`. The keys
// are described in docs/JSON.md.
#pragma once

#include "db/sqlite/read_store.hpp"
#include "documents/reported_numbers.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

[[nodiscard]] nlohmann::ordered_json sweep_json(const db::SweepInfo& sweep);
/// null where a program trains the run: its steps are not planned.
[[nodiscard]] nlohmann::ordered_json planned_steps_json(const RunPlan& plan);
[[nodiscard]] nlohmann::ordered_json run_json(const db::RunInfo& run);
[[nodiscard]] nlohmann::ordered_json attempt_json(const db::AttemptInfo& attempt);
[[nodiscard]] nlohmann::ordered_json eval_json(const EvalRow& row);

/// All that is shown of one run.
struct RunStory {
  db::SweepInfo sweep;
  db::RunInfo run;
  std::vector<db::AttemptInfo> attempts;
  std::vector<EvalRow> evals;
  std::int64_t steps = 0;  // stored ones; of a program: behind the highest that it reported
  std::string log_tail;
  std::vector<ReportedNumber> reported{};  // of a program
};

/// The document of `show`.
[[nodiscard]] nlohmann::ordered_json story_json(const RunStory& story);

/// "2026-11-23T12:05:02Z"; "-" for none.
[[nodiscard]] std::string moment_text(std::optional<TimePoint> moment);
/// Of such a text; nullopt where it is none.
[[nodiscard]] std::optional<TimePoint> moment_named(const std::string& text);

}  // namespace tarama
