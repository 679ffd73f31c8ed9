// The weights of a Hugging Face folder: which of the stored tensors are a model's parameters,
// whether all are there in the right shapes, and what the folder as a whole hashes to.
// `load_weights` of prepare.hpp reads their values.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"
#include "input/files/findings.hpp"
#include "input/model/safetensors.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace tarama::input {

/// Compares the folder's tensors with the parameters of `config`, whose classes are those of the
/// data. Missing ones and wrong shapes are problems at model.path; a classifier for another
/// number of classes and a missing pooler are warnings: these start from the run's seed.
void check_weights(const std::filesystem::path& folder,
                   const ModelConfig& config,
                   Findings& findings);

/// How many of the folder's tensors are a model's parameters. The rest is ignored: heads for other
/// tasks, buffers, tied weights.
struct TensorCounts {
  std::int64_t stored = 0;
  std::int64_t used = 0;
  std::string example{};  // of those that are not; empty where all are
};

[[nodiscard]] TensorCounts count_tensors(const StoredTensors& tensors, const ModelConfig& config);

/// How many classes the folder's classifier tells apart; 0 where it has none.
[[nodiscard]] std::int64_t stored_class_count(const std::filesystem::path& folder,
                                              const ModelConfig& config);

/// Of config.json, vocab.txt and the weights.
[[nodiscard]] Result<std::string> folder_fingerprint(const std::filesystem::path& folder);

}  // namespace tarama::input
