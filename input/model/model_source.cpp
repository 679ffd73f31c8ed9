// See model_source.hpp.
#include "input/model/model_source.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/training/architecture.hpp"
#include "input/model/folder_config.hpp"
#include "input/model/folder_tokenizer.hpp"
#include "input/text/vocab_file.hpp"
#include "input/text/vocabulary_style.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace tarama::input {
namespace {

void warn_of_duplicates(std::int64_t duplicates,
                        const std::string& path,
                        const std::string& key,
                        Findings& findings) {
  if (duplicates > 0) {
    findings.warn("vocab_duplicates",
                  key,
                  fmt::format("{}: {} word pieces stand there more than once; the last one counts",
                              path,
                              duplicates));
  }
}

/// Settings that nobody wrote down, held against the pieces: a cased vocabulary with lowered texts
/// loses its names, a lowered one with texts as they are makes every capitalised word [UNK].
void warn_of_style(const std::vector<std::string>& pieces,
                   const TokenizerSettings& settings,
                   const std::string& path,
                   const std::string& key,
                   Findings& findings) {
  const VocabularyStyle style = style_of(pieces);
  if (settings.lowercase && style.is_cased()) {
    findings.warn("cased_vocabulary",
                  key,
                  fmt::format("{}: {} of its {} word pieces have capital letters, and texts are "
                              "lowered; should it be `model: {{lowercase: false}}`?",
                              path,
                              style.capital,
                              style.lettered));
  } else if (!settings.lowercase && style.is_lowered()) {
    findings.warn("uncased_vocabulary",
                  key,
                  fmt::format("{}: none of its word pieces has a capital letter, and texts are not "
                              "lowered; should it be `model: {{lowercase: true}}`?",
                              path));
  }
  if (settings.strips_accents() && !style.is_cased() && style.has_accents()) {
    findings.warn("accented_vocabulary",
                  key,
                  fmt::format("{}: {} of its {} word pieces have accents, and texts lose theirs; "
                              "should tokenizer_config.json have \"strip_accents\": false?",
                              path,
                              style.accented,
                              style.lettered));
  }
}

void check_norm(const ModelConfig& config,
                Norm norm,
                const std::filesystem::path& folder,
                Findings& findings) {
  if (config.norm == norm) {
    return;
  }
  findings.refuse(
      "training.norm",
      fmt::format("norm: {} does not fit {}, whose model_type is '{}'; its weights need norm: {}",
                  name_of(norm),
                  folder.string(),
                  architecture_of(config.norm).model_type,
                  name_of(config.norm)));
}

void take_first_layers(const ModelSpec& model, ModelConfig& config, Findings& findings) {
  if (!model.layers) {
    return;
  }
  if (*model.layers < 1 || *model.layers > config.layers) {
    findings.refuse("model.layers",
                    fmt::format("layers: {} cannot be taken from {}, which has {}",
                                *model.layers,
                                model.path,
                                config.layers));
    return;
  }
  config.layers = *model.layers;
}

/// Gives how many ids there are; 0 where the tokenizer cannot be read.
std::int64_t read_tokenizer(const ModelSpec& model, ModelSource& source, Findings& findings) {
  std::optional<FolderTokenizer> tokenizer = read_folder_tokenizer(model.path, findings);
  if (!tokenizer) {
    return 0;
  }
  const std::string file = vocabulary_file(model.path).string();
  warn_of_duplicates(tokenizer->duplicates, file, "model.path", findings);
  const std::int64_t ids = tokenizer->id_count();
  source.tokenizer = std::move(tokenizer->settings);
  if (model.lowercase) {
    source.tokenizer.lowercase = *model.lowercase;
  } else {
    warn_of_style(tokenizer->pieces, source.tokenizer, file, "model.path", findings);
  }
  source.vocab = std::move(tokenizer->pieces);
  return ids;
}

void read_folder(const ModelSpec& model, Norm norm, ModelSource& source, Findings& findings) {
  const std::filesystem::path folder = model.path;
  std::error_code ignored;  // a folder that cannot be asked for gives the same message
  if (!std::filesystem::is_directory(folder, ignored)) {
    return findings.refuse("model.path",
                           fmt::format("{}: there is no such folder; expected a Hugging Face "
                                       "folder with config.json, a vocabulary and weights",
                                       model.path));
  }
  const std::int64_t ids = read_tokenizer(model, source, findings);
  Result<FolderConfig> read = read_folder_config(folder);
  if (!read) {
    return findings.refuse("model.path", read.error().message);
  }
  ModelConfig& config = source.config.emplace(read->config);
  source.class_names = std::move(read->class_names);
  check_norm(config, norm, folder, findings);
  take_first_layers(model, config, findings);
  if (ids > config.vocab_size) {
    findings.refuse("model.path",
                    fmt::format("{}: the tokenizer has {} tokens and config.json a vocab_size of "
                                "{}; they belong to different models",
                                model.path,
                                ids,
                                config.vocab_size));
  } else if (source.vocab) {
    config.padding_piece = read->padding_piece.value_or(id_of(*source.vocab, "[PAD]"));
  }
}

void read_dimensions(const ModelSpec& model, Norm norm, ModelSource& source, Findings& findings) {
  const std::int64_t hidden = model.hidden.value_or(0);
  const std::int64_t heads = model.heads.value_or(0);
  ModelConfig& config = source.config.emplace();
  config.layers = model.layers.value_or(0);
  config.hidden = hidden;
  config.heads = heads;
  config.intermediate = model.intermediate.value_or(4 * hidden);
  config.norm = norm;
  if (config.layers < 1 || hidden < 1 || heads < 1 || config.intermediate < 1) {
    findings.refuse("model",
                    "expected a path to a Hugging Face folder, or layers, hidden and heads of at "
                    "least 1");
  } else if (hidden % heads != 0) {
    findings.refuse("model.hidden",
                    fmt::format("hidden: {} is not a multiple of heads: {}", hidden, heads));
  }
  if (model.vocab == "auto") {
    return;
  }
  Result<VocabFile> vocab = read_vocab_file(model.vocab);
  if (!vocab) {
    return findings.refuse("model.vocab", vocab.error().message);
  }
  warn_of_duplicates(vocab->duplicates, model.vocab, "model.vocab", findings);
  if (!model.lowercase) {
    warn_of_style(vocab->pieces, source.tokenizer, model.vocab, "model.vocab", findings);
  }
  config.padding_piece = id_of(vocab->pieces, "[PAD]");
  source.vocab = std::move(vocab->pieces);
}

}  // namespace

ModelSource read_model_source(const ModelSpec& model, Norm norm, Findings& findings) {
  ModelSource source;
  source.tokenizer.lowercase = model.lowercase.value_or(true);
  if (model.path.empty()) {
    read_dimensions(model, norm, source, findings);
  } else {
    read_folder(model, norm, source, findings);
  }
  return source;
}

}  // namespace tarama::input
