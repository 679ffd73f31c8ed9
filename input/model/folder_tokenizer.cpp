// See folder_tokenizer.hpp.
#include "input/model/folder_tokenizer.hpp"

#include "input/model/merged_tokens.hpp"
#include "input/model/tokenizer_config.hpp"
#include "input/model/tokenizer_json.hpp"
#include "input/text/vocab_file.hpp"
#include "input/text/wordpiece.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

namespace tarama::input {
namespace {

namespace fs = std::filesystem;

constexpr const char* model_key = "model.path";

bool is_there(const fs::path& path) {
  std::error_code ignored;  // a file that cannot be asked for cannot be opened later either
  return fs::exists(path, ignored);
}

/// What is there of a tokenizer of another kind.
std::string other_tokenizer_in(const fs::path& folder) {
  for (const char* const name :
       {"merges.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "spm.model"}) {
    if (is_there(folder / name)) {
      return fmt::format("; {} is there, which belongs to a tokenizer of another kind", name);
    }
  }
  return "";
}

/// A piece that two vocabularies give different ids, or that one of them lacks.
std::optional<std::string> difference(const std::vector<std::string>& first,
                                      const std::vector<std::string>& second) {
  StringMap<std::size_t> ids;
  for (std::size_t id = 0; id < first.size(); ++id) {
    ids[first[id]] = id;
  }
  StringMap<std::size_t> others;
  for (std::size_t id = 0; id < second.size(); ++id) {
    others[std::string(stripped_piece(second[id]))] = id;
  }
  ids.erase("");
  others.erase("");
  for (const auto& [piece, id] : ids) {
    const auto other = others.find(piece);
    if (other == others.end() || other->second != id) {
      return piece;
    }
  }
  for (const auto& [piece, id] : others) {
    if (!ids.contains(piece)) {
      return piece;
    }
  }
  return std::nullopt;
}

/// One setting of two files: `said` of tokenizer_config.json, `other` of tokenizer.json.
template <class Value>
void settle(const fs::path& folder,
            std::string_view name,
            const std::optional<Value>& said,
            Value& other,
            Findings& findings) {
  if (!said || *said == other) {
    return;
  }
  findings.warn("tokenizer_settings",
                model_key,
                fmt::format("{}: tokenizer_config.json and tokenizer.json say different things of "
                            "{}; the first counts, as in `transformers`",
                            folder.string(),
                            name));
  other = *said;
}

/// What the sources say together. `whole` is null where there is no tokenizer.json.
TokenizerSettings settings_in(const fs::path& folder,
                              const TokenizerConfig& config,
                              const TokenizerJson* whole,
                              Findings& findings) {
  TokenizerSettings settings;
  if (whole != nullptr) {
    settings = whole->settings;
    settings.added.clear();
    if (config.is_only_tokenizer_json) {
      return settings;
    }
    settle(folder, "lower case", config.lowercase, settings.lowercase, findings);
    settle(folder, "accents", config.strip_accents, settings.strip_accents, findings);
    settle(folder, "Chinese characters", config.splits_han, settings.splits_han, findings);
  } else {
    settings.lowercase = config.lowercase.value_or(true);
    settings.strip_accents = config.strip_accents.value_or(std::nullopt);
    settings.splits_han = config.splits_han.value_or(true);
  }
  settings.never_split = config.never_split;
  return settings;
}

/// The vocabulary of vocab.txt, or of tokenizer.json where there is none; both must say the same.
std::optional<VocabFile> vocabulary_in(const fs::path& folder,
                                       const TokenizerJson* whole,
                                       Findings& findings) {
  const fs::path text_file = folder / "vocab.txt";
  if (!is_there(text_file)) {
    VocabFile vocab{whole->pieces, 0};
    if (const std::string missing = missing_pieces(vocab.pieces); !missing.empty()) {
      findings.refuse(
          model_key,
          fmt::format(
              "{}: its vocabulary lacks {}", (folder / "tokenizer.json").string(), missing));
      return std::nullopt;
    }
    return vocab;
  }
  Result<VocabFile> vocab = read_vocab_file(text_file);
  if (!vocab) {
    findings.refuse(model_key, vocab.error().message);
    return std::nullopt;
  }
  const auto different = whole != nullptr ? difference(vocab->pieces, whole->pieces) : std::nullopt;
  if (different) {
    findings.refuse(model_key,
                    fmt::format("{}: vocab.txt and tokenizer.json hold different vocabularies, for "
                                "one of '{}'; remove the file that the model was not trained with",
                                folder.string(),
                                *different));
    return std::nullopt;
  }
  return std::move(*vocab);
}

/// Whether any vocabulary is there, and what the tokenizer's class needs.
bool has_needed_files(const fs::path& folder,
                      bool has_json,
                      const TokenizerConfig& config,
                      Findings& findings) {
  if (!has_json && !is_there(folder / "vocab.txt")) {
    findings.refuse(model_key,
                    fmt::format("{}: there is no vocab.txt and no tokenizer.json{}",
                                folder.string(),
                                other_tokenizer_in(folder)));
    return false;
  }
  if (!has_json && config.is_only_tokenizer_json) {
    findings.refuse(model_key,
                    fmt::format("{}: the tokenizer_class of tokenizer_config.json needs a "
                                "tokenizer.json, which is not there",
                                folder.string()));
    return false;
  }
  return true;
}

}  // namespace

std::int64_t FolderTokenizer::id_count() const {
  auto count = static_cast<std::int64_t>(pieces.size());
  for (const AddedToken& token : settings.added) {
    count = std::max(count, std::int64_t{token.id} + 1);
  }
  return count;
}

fs::path vocabulary_file(const fs::path& folder) {
  return is_there(folder / "vocab.txt") ? folder / "vocab.txt" : folder / "tokenizer.json";
}

std::optional<FolderTokenizer> read_folder_tokenizer(const fs::path& folder, Findings& findings) {
  const Result<TokenizerConfig> config = read_tokenizer_config(folder);
  const Result<TokenizerJson> whole = read_tokenizer_json(folder / "tokenizer.json");
  const bool has_json = whole || whole.error().code != Errc::not_found;
  if (!config) {
    findings.refuse(model_key, config.error().message);
  }
  if (has_json && !whole) {
    findings.refuse(model_key, whole.error().message);
  }
  if (!config || (has_json && !whole) || !has_needed_files(folder, has_json, *config, findings)) {
    return std::nullopt;
  }
  const TokenizerJson* const parts = whole ? &*whole : nullptr;
  std::optional<VocabFile> vocab = vocabulary_in(folder, parts, findings);
  if (!vocab) {
    return std::nullopt;
  }
  FolderTokenizer tokenizer;
  tokenizer.settings = settings_in(folder, *config, parts, findings);
  std::vector<AddedToken> with_ids = whole ? whole->settings.added : std::vector<AddedToken>();
  with_ids.insert(with_ids.end(), config->added.begin(), config->added.end());
  Result<std::vector<AddedToken>> added =
      merge_added_tokens(vocab->pieces, with_ids, config->special);
  if (!added) {
    findings.refuse(model_key, fmt::format("{}: {}", folder.string(), added.error().message));
    return std::nullopt;
  }
  tokenizer.settings.added = std::move(*added);
  tokenizer.pieces = std::move(vocab->pieces);
  tokenizer.duplicates = vocab->duplicates;
  tokenizer.says_lowercase = has_json || config->lowercase.has_value();
  tokenizer.max_tokens = config->max_tokens;
  return tokenizer;
}

}  // namespace tarama::input
