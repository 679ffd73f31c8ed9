// The script of the fake trainer: which runs score how, which fail where. Read from the JSON
// file that TARAMA_FAKE_SCRIPT names; docs/FAKE_WORKER.md explains its keys.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// What a condition is matched against: a run's training settings by the names of the sweep
/// file, its model's dimensions (layers, hidden, heads, intermediate, vocab_size), and its seed;
/// for faults the worker's device as well.
using RunParameters = std::map<std::string, ParameterValue>;

/// All of these must be equal; numbers by value, so that 1 matches 1.0. Empty: any run.
using Condition = std::map<std::string, ParameterValue>;

struct ScriptedScore {
  Condition when;
  double mean = 0.5;
  std::optional<double> sd{};  // of these runs' scores; nullopt: the script's noise

  friend bool operator==(const ScriptedScore&, const ScriptedScore&) = default;
};

enum class FaultKind {
  crash,          // SIGKILL to itself
  exit,           // ends without a word, exit code 3
  hang,           // the process stops to answer
  nan,            // the loss becomes NaN
  out_of_memory,  // as if the device had none left
  stall,          // the step never ends; the process lives and beats
  device_error,   // as if the device had failed under the process
};

struct ScriptedFault {
  Condition when;
  std::optional<std::int64_t> attempt;  // nullopt: in every attempt
  std::int64_t step = 0;                // happens instead of this step
  FaultKind kind = FaultKind::crash;

  friend bool operator==(const ScriptedFault&, const ScriptedFault&) = default;
};

struct FakeScript {
  std::chrono::microseconds step_time{0};
  // Of each step, behind that: while it lasts, no other worker on the device gets on with its own.
  std::chrono::microseconds device_time{0};
  std::string note{};   // that every run's results carry
  std::string file{};   // that it was read from; beside it lie the files of `device_time`
  double noise = 0.01;  // standard deviation
  // Share of the noise's variance that runs with the same seed have in common, in 0..1: the
  // correlation of any two levels over their seeds.
  double seed_effect = 0;
  double default_mean = 0.5;
  std::vector<ScriptedScore> scores;
  std::vector<ScriptedFault> faults;

  friend bool operator==(const FakeScript&, const FakeScript&) = default;
};

/// `invalid_argument` with the key and what was expected, for anything unknown or wrong.
[[nodiscard]] Result<FakeScript> parse_fake_script(const std::string& text);

/// The script of the file that TARAMA_FAKE_SCRIPT names; the defaults where it is unset.
[[nodiscard]] Result<FakeScript> fake_script_of_environment();

[[nodiscard]] bool matches(const Condition& condition, const RunParameters& parameters);

/// The first score that matches, else the default.
[[nodiscard]] double mean_of(const FakeScript& script, const RunParameters& parameters);
/// The spread of the first score that matches, else the script's noise.
[[nodiscard]] double sd_of(const FakeScript& script, const RunParameters& parameters);

/// The first fault that matches the run, the attempt and the step.
[[nodiscard]] std::optional<FaultKind> fault_at(const FakeScript& script,
                                                const RunParameters& parameters,
                                                std::int64_t attempt,
                                                std::int64_t step);

}  // namespace tarama
