// One run, and the level that it replicates: what the grid expands to.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

/// The parameters of a level by name: lr, warmup and epochs first, then every other swept key
/// in the file's order; of a program, the swept keys alone. What `params` shows in SQL and JSON.
using LevelParams = std::vector<std::pair<std::string, ParameterValue>>;

/// A run's parameters without the seed: the thing a user chooses.
struct Level {
  LevelId id;  // from 1, in grid order: the last axis turns fastest
  LevelParams params;
  TrainingSettings training;
  ModelSpec model;

  friend bool operator==(const Level&, const Level&) = default;
};

/// What the check of a level's data and model has shown: made where a sweep is submitted, kept with
/// the level, and all that the service needs to know of data and models.
struct LevelInputs {
  std::string data_fingerprint{};   // of a program: of its command and of what that names
  std::string model_fingerprint{};  // empty: from scratch
  std::int64_t train_examples = 0;
  std::int64_t eval_examples = 0;
  std::int64_t test_examples = 0;  // 0: no test split
  std::int64_t train_tokens = 0;   // of one epoch, without padding
  std::int64_t classes = 0;
  std::int64_t parameters = 0;  // of the model, word pieces included
  std::int64_t layers = 0;      // of the model that is trained; 0: not known
  std::int64_t hidden = 0;
  std::int64_t cut_texts = 0;  // cut to max_tokens, over all splits

  friend bool operator==(const LevelInputs&, const LevelInputs&) = default;
};

/// A level as the store keeps it: whole enough to train it, whatever its sweep's file would expand
/// to today.
struct LevelRecord {
  LevelId level;
  std::string params;         // params_json of its parameters
  TrainingSettings training;  // `learner` of these: see run_key.hpp
  ModelSpec model;
  std::string learner;        // what trains it: "packed", "torch", "fake" or "program"
  std::int64_t numerics = 0;  // the version of the learner's numerics
  LevelInputs inputs;

  friend bool operator==(const LevelRecord&, const LevelRecord&) = default;
};

/// A run as it is planned, whatever becomes of it.
struct RunPlan {
  LevelId level;
  std::int64_t replicate = 0;  // from 0
  std::int64_t seed = 1;
  std::string run_key;             // unique within a sweep
  std::int64_t planned_steps = 0;  // of a program: 0, its steps are not planned
  std::int64_t planned_evals = 0;  // rows of `evals`, test included; of a program 1: its metric

  friend bool operator==(const RunPlan&, const RunPlan&) = default;
};

/// One point of the sweep. `seed` is the sweep's seed + replicate.
struct PlannedRun {
  LevelId level;
  std::int64_t replicate = 0;  // from 0
  std::int64_t seed = 1;

  friend bool operator==(const PlannedRun&, const PlannedRun&) = default;
};

}  // namespace tarama
