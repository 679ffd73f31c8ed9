// What tokenizer_config.json, special_tokens_map.json and added_tokens.json of a folder say.
// Settings that change ids are taken, or refused by name; nothing is passed over.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/tokenizer_settings.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct TokenizerConfig {
  std::optional<bool> lowercase;                     // do_lower_case
  std::optional<std::optional<bool>> strip_accents;  // the inner one: null was written
  std::optional<bool> splits_han;                    // tokenize_chinese_chars
  std::vector<std::string> never_split;
  std::optional<std::int64_t> max_tokens;  // model_max_length, unless it stands for "no limit"
  /// The class is one that takes everything from tokenizer.json and nothing from here.
  bool is_only_tokenizer_json = false;
  std::vector<AddedToken> added;     // with their ids
  std::vector<std::string> special;  // that may have an id there, in the vocabulary, or none yet
};

/// Nothing is set where there are no such files. One message tells all that is wrong.
[[nodiscard]] Result<TokenizerConfig> read_tokenizer_config(const std::filesystem::path& folder);

}  // namespace tarama::input
