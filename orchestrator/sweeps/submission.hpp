// From a sweep file to what is submitted: the file is read, its grid expanded, and the inputs of
// every level checked, so that whatever is wrong is known before the first run starts. Reads
// files; writes nothing but the cache that it is given. Shared by `plan`, `run` and `submit`.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "core/training/model_config.hpp"
#include "input/prepare.hpp"
#include "orchestrator/config/config_warnings.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace tarama::orchestrator {

/// A sweep whose file and inputs are all in order.
struct CheckedSubmission {
  Submission submission;
  std::vector<Level> levels;          // of the grid, by id
  std::vector<LearnerName> learners;  // of each level, as far as this machine's devices say
  std::vector<ModelConfig> configs;   // by index of submission.prepared.variants
  std::vector<config::ConfigWarning> warnings;
};

/// `checked` is set if and only if `problems` is empty.
struct SubmissionOutcome {
  std::optional<CheckedSubmission> checked;
  std::vector<config::ConfigProblem> problems;
};

/// What is kept of the prepared inputs of a level.
[[nodiscard]] LevelInputs inputs_of(const input::Prepared& prepared);

/// `cache`: a folder for tokenized data, as in input::PrepareRequest; empty: none.
[[nodiscard]] SubmissionOutcome check_submission(const config::SweepFileRequest& request,
                                                 const std::filesystem::path& cache);

}  // namespace tarama::orchestrator
