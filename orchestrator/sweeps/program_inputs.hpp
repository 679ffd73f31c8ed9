// What a sweep of a program is checked for before it is submitted: that the program can be found,
// and what its numbers depend on. Reads files.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "orchestrator/config/sweep_file.hpp"

#include <vector>

namespace tarama::orchestrator {

/// The same for all levels, whose parameters stand in their rows. `problems` gets what is wrong, at
/// the key that it is about; then nothing of the answer counts.
[[nodiscard]] LevelInputs check_program_of(const config::SweepFile& file,
                                           std::vector<config::ConfigProblem>& problems);

}  // namespace tarama::orchestrator
