// The tokenizer of a saved model, as `transformers` of any version reads it: what
// read_folder_tokenizer reads back, and AutoTokenizer cuts texts by.
#pragma once

#include "core/training/tokenized_data.hpp"

#include <nlohmann/json_fwd.hpp>

namespace tarama::input {

/// tokenizer_config.json.
[[nodiscard]] nlohmann::ordered_json tokenizer_config_json(const TokenizedData& data);

/// tokenizer.json, with the vocabulary.
[[nodiscard]] nlohmann::ordered_json tokenizer_json(const TokenizedData& data);

}  // namespace tarama::input
