// The identity of a run: what is trained, by value. Two runs with one key give the same numbers
// (on one kind of device), wherever their files lie and whichever sweep asked for them.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <string>

namespace tarama {

struct RunKeyInput {
  /// `learner` of these is unset but where the scripted trainer was asked for one.
  TrainingSettings training;
  /// With a folder: only `layers` counts, and the rest by model_fingerprint. From scratch: the
  /// dimensions. Path, vocabulary and case never count: the data's fingerprint holds them.
  ModelSpec model;
  std::int64_t seed = 1;          // of the run
  std::string data_fingerprint;   // TokenizedData::fingerprint
  std::string model_fingerprint;  // empty: from scratch
  std::string learner;            // what trains it: "packed", "torch" or "fake"; always counts
  std::string params{};           // of a program: canonical_params; else empty
};

/// 32 hexadecimal digits. Doubles count by their bits (-0 as 0); a setting at its default is
/// left out of what is hashed, so that a new setting keeps the keys of old runs.
[[nodiscard]] std::string run_key(const RunKeyInput& input);

}  // namespace tarama
