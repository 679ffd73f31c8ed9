// See model_source.hpp.
#include "input/model/model_source.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/training/architecture.hpp"
#include "input/model/folder_config.hpp"
#include "input/text/vocab_file.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace tarama::input {
namespace {

void read_vocab(const std::filesystem::path& path,
                const std::string& key,
                ModelSource& source,
                Findings& findings) {
  Result<VocabFile> vocab = read_vocab_file(path);
  if (!vocab) {
    return findings.refuse(key, vocab.error().message);
  }
  if (vocab->duplicates > 0) {
    findings.warn("vocab_duplicates",
                  key,
                  fmt::format("{}: {} word pieces stand there more than once; the last one counts",
                              path.string(),
                              vocab->duplicates));
  }
  source.vocab = std::move(vocab->pieces);
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

void read_folder(const ModelSpec& model, Norm norm, ModelSource& source, Findings& findings) {
  const std::filesystem::path folder = model.path;
  std::error_code ignored;  // a folder that cannot be asked for gives the same message
  if (!std::filesystem::is_directory(folder, ignored)) {
    return findings.refuse("model.path",
                           fmt::format("{}: there is no such folder; expected a Hugging Face "
                                       "folder with config.json, vocab.txt and model.safetensors",
                                       model.path));
  }
  read_vocab(folder / "vocab.txt", "model.path", source, findings);
  const Result<TokenizerConfig> tokenizer = read_tokenizer_config(folder);
  if (!tokenizer) {
    findings.refuse("model.path", tokenizer.error().message);
  }
  if (tokenizer && !model.lowercase && tokenizer->lowercase) {
    source.casing = *tokenizer->lowercase ? Casing::lowered : Casing::kept;
  }
  Result<FolderConfig> read = read_folder_config(folder);
  if (!read) {
    return findings.refuse("model.path", read.error().message);
  }
  ModelConfig& config = source.config.emplace(read->config);
  source.class_names = std::move(read->class_names);
  check_norm(config, norm, folder, findings);
  take_first_layers(model, config, findings);
  const auto pieces = static_cast<std::int64_t>(source.vocab ? source.vocab->size() : 0);
  if (pieces > config.vocab_size) {
    findings.refuse("model.path",
                    fmt::format("{}: vocab.txt has {} word pieces and config.json a vocab_size of "
                                "{}; they belong to different models",
                                model.path,
                                pieces,
                                config.vocab_size));
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
  if (model.vocab != "auto") {
    read_vocab(model.vocab, "model.vocab", source, findings);
  }
}

}  // namespace

ModelSource read_model_source(const ModelSpec& model, Norm norm, Findings& findings) {
  ModelSource source;
  if (model.lowercase) {
    source.casing = *model.lowercase ? Casing::lowered : Casing::kept;
  }
  if (model.path.empty()) {
    read_dimensions(model, norm, source, findings);
  } else {
    read_folder(model, norm, source, findings);
  }
  return source;
}

}  // namespace tarama::input
