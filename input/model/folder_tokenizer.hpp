// The tokenizer of a model's folder, of all files that have a word in it: vocab.txt or
// tokenizer.json, tokenizer_config.json, special_tokens_map.json, added_tokens.json.
#pragma once

#include "core/training/tokenizer_settings.hpp"
#include "input/files/findings.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct FolderTokenizer {
  std::vector<std::string> pieces;
  std::int64_t duplicates = 0;  // pieces of vocab.txt that stand again further down
  TokenizerSettings settings;
  bool says_lowercase = false;             // some file says it; else BERT's default is taken
  std::optional<std::int64_t> max_tokens;  // model_max_length

  /// Ids run below it, those of added tokens included.
  [[nodiscard]] std::int64_t id_count() const;
};

/// vocab.txt, else tokenizer.json: the file that has the vocabulary.
[[nodiscard]] std::filesystem::path vocabulary_file(const std::filesystem::path& folder);

/// Nothing where there is a problem, which is at model.path then. Where two files say different
/// things, what `transformers` takes is taken with a warning; two vocabularies are a problem.
[[nodiscard]] std::optional<FolderTokenizer> read_folder_tokenizer(
    const std::filesystem::path& folder, Findings& findings);

}  // namespace tarama::input
