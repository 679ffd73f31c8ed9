// What the JSON files of a Hugging Face folder say about a BERT or Megatron-BERT: config.json
// and tokenizer_config.json.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

/// `config.classes` is the number of labels, 2 where config.json names none, as `transformers`
/// has it.
struct FolderConfig {
  ModelConfig config;
  std::vector<std::string> class_names;  // id2label; empty where it says nothing
};

/// Refuses architectures that tarama does not train, naming those that it does, and settings
/// that it does not compute. One message tells all that is wrong.
[[nodiscard]] Result<FolderConfig> read_folder_config(const std::filesystem::path& folder);

struct TokenizerConfig {
  std::optional<bool> lowercase;           // do_lower_case
  std::optional<std::int64_t> max_tokens;  // model_max_length, unless it stands for "no limit"
};

/// Nothing is set where there is no tokenizer_config.json.
[[nodiscard]] Result<TokenizerConfig> read_tokenizer_config(const std::filesystem::path& folder);

}  // namespace tarama::input
