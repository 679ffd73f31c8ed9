// From a sweep's data and model keys to what a trainer receives, with every check that can be
// made before the first run. Reads files; needs no LibTorch. `plan`, `submit` and the workers
// call the same function, so that what was planned is what is trained.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "core/training/model_config.hpp"
#include "core/training/tokenized_data.hpp"
#include "input/files/findings.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarama::input {

struct PrepareRequest {
  DataSpec data;
  ModelSpec model;
  Norm norm = Norm::post;       // must fit the architecture of a model folder
  std::int64_t sweep_seed = 1;  // of the split of `eval: 0.1` and of nothing else
  std::filesystem::path cache;  // folder for tokenized data by content hash; empty: no cache
  /// Called for each text that is tokenized, so that a long preparation is seen to get on.
  std::function<void()> on_text{};
};

struct Prepared {
  std::shared_ptr<const TokenizedData> data;
  ModelConfig config;
  std::string model_fingerprint;  // of config and weights files; empty: from scratch
  std::int64_t cut_texts = 0;     // examples of all splits cut to max_tokens
  std::vector<Warning> warnings;
};

/// `prepared` is set if and only if `problems` is empty; all problems at once.
struct PrepareOutcome {
  std::shared_ptr<const Prepared> prepared;
  std::vector<Problem> problems;
};

/// Deterministic: equal files and request, equal outcome. Any thread; the cache folder may be
/// shared between processes.
[[nodiscard]] PrepareOutcome prepare(const PrepareRequest& request);

/// The weights of `model.path` as float32, only the layers that `config` has; float32 in the file
/// is mapped, so that the processes of a machine share it. `prepare` has checked names and shapes
/// already; a file that changed since gives an error. One that changes later changes the weights:
/// ask for model_state before each use.
[[nodiscard]] Result<std::shared_ptr<const ModelWeights>> load_weights(const ModelSpec& model,
                                                                       const ModelConfig& config);

/// What changes when a file of a model folder is written: inodes, sizes, times. Empty where there
/// is no folder.
[[nodiscard]] std::string model_state(const std::filesystem::path& folder);

}  // namespace tarama::input
