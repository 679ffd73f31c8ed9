// What `plan` says of a sweep whose runs a program trains: nobody knows how long one takes.
#pragma once

#include "cli/context.hpp"
#include "cli/text/text_table.hpp"
#include "orchestrator/sweeps/submission.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tarama::cli {

/// The arguments of the level's first run, as in a shell; its own folder is `RUN_DIR`, since the
/// run has no number yet.
[[nodiscard]] std::string command_of(const orchestrator::CheckedSubmission& sweep,
                                     const Level& level);

/// The columns of any plan's levels: a parameter each, as the file has them.
[[nodiscard]] std::vector<TableColumn> parameter_columns(const SweepSpec& spec);

/// The level's cells in them; "-" where a condition of the parameter does not hold.
[[nodiscard]] std::vector<std::string> parameter_cells(const SweepSpec& spec, const Level& level);

/// `warnings` of any plan's document.
[[nodiscard]] nlohmann::ordered_json warnings_json(
    const std::vector<config::ConfigWarning>& warnings);

/// `rungs` of any plan; null: no run is compared while it trains.
[[nodiscard]] nlohmann::ordered_json rungs_json(const SweepSpec& spec);

/// In which order its runs are handed out, and what gives one up: lines of any plan.
[[nodiscard]] std::string order_line(const SweepSpec& spec);

[[nodiscard]] nlohmann::ordered_json program_plan_json(
    const orchestrator::CheckedSubmission& sweep);
[[nodiscard]] std::string program_plan_text(const orchestrator::CheckedSubmission& sweep,
                                            std::int64_t workers,
                                            const TextStyle& style);

}  // namespace tarama::cli
