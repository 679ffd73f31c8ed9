// tokenizer.json, the file of the package `tokenizers`: vocabulary, settings and added tokens of a
// BERT in one. Whatever it holds that BERT's tokenizer does not do is refused by name.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/tokenizer_settings.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct TokenizerJson {
  std::vector<std::string> pieces;  // by id; "" where no piece has it
  TokenizerSettings settings;       // `added` with the five special pieces as well
};

/// Errc::not_found where there is no such file. One message tells all that is wrong.
[[nodiscard]] Result<TokenizerJson> read_tokenizer_json(const std::filesystem::path& path);

}  // namespace tarama::input
