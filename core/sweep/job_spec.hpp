// What a worker must know to train one attempt: the run's settings and where its inputs are.
// Travels as JSON inside the Assign message.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tarama {

/// The first epochs of a run, by the state behind them: that is kept, under the run's number, for
/// other runs that begin as it.
struct Beginning {
  RunId run;               // that trains them
  std::int64_t steps = 0;  // in them
  std::string trajectory;  // their key: core/training/trajectory.hpp

  friend bool operator==(const Beginning&, const Beginning&) = default;
};

struct JobSpec {
  RunId run;
  Attempt attempt;
  std::string run_key;
  std::string learner;  // what trains it, as its level's row says
  TrainingSettings training;
  ModelSpec model;
  DataSpec data;
  Metric metric;
  Keep keep;
  std::int64_t sweep_seed = 1;       // of the eval split and of `vocab: auto`
  std::int64_t seed = 1;             // of this run
  std::int64_t committed_steps = 0;  // the store has the rows of all steps below this one
  std::int64_t committed_evals = 0;  // and of this many evaluations, in order
  std::optional<std::chrono::milliseconds> time_limit{};  // of the attempt's training
  std::string data_fingerprint;                           // as planned; others are bad_data
  std::string model_fingerprint;                          // empty: from scratch
  std::optional<Beginning> begins_with{};  // of another run, where its state was kept
  std::optional<Beginning> keeps{};        // its own whole training, to be kept for others
  std::optional<ProgramSpec> program{};    // trains it; then settings, model and data say nothing
  std::string params{};                    // of `program`: its level's parameters, as JSON

  friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

[[nodiscard]] std::string to_json(const JobSpec& job);
[[nodiscard]] Result<JobSpec> job_spec_from_json(const std::string& text);

}  // namespace tarama
