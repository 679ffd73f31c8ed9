// A trained model as a folder that Python's `transformers` loads.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"
#include "core/training/tokenized_data.hpp"

#include <filesystem>

namespace tarama::input {

/// Writes a Hugging Face folder (config.json, vocab.txt, tokenizer_config.json,
/// model.safetensors) that `transformers` loads: to a temporary name, synced, renamed.
[[nodiscard]] Result<void> save_model_folder(const std::filesystem::path& folder,
                                             const ModelConfig& config,
                                             const ModelWeights& weights,
                                             const TokenizedData& data,
                                             double dropout);

}  // namespace tarama::input
