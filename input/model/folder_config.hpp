// What config.json of a Hugging Face folder says about a BERT or Megatron-BERT.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

/// `config.classes` is the number of labels, 2 where config.json tells none, as `transformers`
/// has it.
struct FolderConfig {
  ModelConfig config;
  std::vector<std::string> class_names;       // id2label; empty where it says nothing
  std::optional<std::int64_t> padding_piece;  // pad_token_id
};

/// config.json; bert_config.json, as Google called it, where there is no other.
[[nodiscard]] std::filesystem::path config_file(const std::filesystem::path& folder);

/// Refuses architectures that tarama does not train, naming those that it does, and settings
/// that it does not compute. One message tells all that is wrong. Where the file is older than
/// `model_type`, the tensors tell the architecture.
[[nodiscard]] Result<FolderConfig> read_folder_config(const std::filesystem::path& folder);

}  // namespace tarama::input
