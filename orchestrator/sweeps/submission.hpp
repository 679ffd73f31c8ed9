// From a sweep file to what is submitted: the file is read, its grid expanded, and the inputs of
// every level checked, so that whatever is wrong is known before the first run starts. Reads
// files; writes nothing but the cache that it is given. Shared by `plan`, `run` and `submit`.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "core/training/model_config.hpp"
#include "input/prepare.hpp"
#include "orchestrator/config/config_warnings.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace tarama::orchestrator {

/// A sweep whose file and inputs are all in order.
struct CheckedSubmission {
  Submission submission;
  std::vector<Level> levels;  // of the grid, by id
  // Of a program both are empty:
  std::vector<LearnerName> learners;  // of each level, as far as this machine's devices say
  std::vector<ModelConfig> configs;   // by index of submission.prepared.variants
  std::vector<config::ConfigWarning> warnings;
  Machine machine;  // that it was checked against
};

/// `checked` is set if and only if `problems` is empty.
struct SubmissionOutcome {
  std::optional<CheckedSubmission> checked;
  std::vector<config::ConfigProblem> problems;
};

/// What is kept of the prepared inputs of a level.
[[nodiscard]] LevelInputs inputs_of(const input::Prepared& prepared);

/// Bytes that a worker of the sweep needs, for the largest of its levels.
[[nodiscard]] double worker_memory_of(const CheckedSubmission& sweep);

/// What it needs of the places that train it.
[[nodiscard]] SweepNeeds needs_of(const CheckedSubmission& sweep);

/// `cache`: a folder for tokenized data, as in input::PrepareRequest; empty: none. `machine`: that
/// it would run on; what it lacks is warned of (`memory`, `devices`, `device_order`).
[[nodiscard]] SubmissionOutcome check_submission(const config::SweepFileRequest& request,
                                                 const std::filesystem::path& cache,
                                                 const Machine& machine);

}  // namespace tarama::orchestrator
