// See prepare.hpp. Every part goes on after the problems of the others, so that all of them show
// at once; the outcome is put together only where there are none.
#include "input/prepare.hpp"

#include "input/data/data_cache.hpp"
#include "input/data/labelled_splits.hpp"
#include "input/data/tokenized_inputs.hpp"
#include "input/files/findings.hpp"
#include "input/model/folder_weights.hpp"
#include "input/model/model_source.hpp"
#include "input/model/stored_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tarama::input {
namespace {

void check_max_tokens(const PrepareRequest& request,
                      const ModelSource& source,
                      Findings& findings) {
  const DataSpec& data = request.data;
  // [CLS] a [SEP], or [CLS] a [SEP] b [SEP], with a token of each text.
  const std::int64_t fewest = data.text_pair ? 5 : 3;
  if (data.max_tokens < fewest) {
    findings.refuse("data.max_tokens",
                    fmt::format("max_tokens: {} leaves no token for the text{}, expected at least "
                                "{}",
                                data.max_tokens,
                                data.text_pair ? "s" : "",
                                fewest));
  }
  if (request.model.path.empty() || !source.config) {
    return;
  }
  if (data.max_tokens > source.config->max_positions) {
    findings.refuse("data.max_tokens",
                    fmt::format("max_tokens: {} is more than the model's {} positions "
                                "(max_position_embeddings of config.json)",
                                data.max_tokens,
                                source.config->max_positions));
  }
  if (data.text_pair && source.config->type_vocab_size < 2) {
    findings.refuse("data.text_pair",
                    "the model has one segment only (type_vocab_size 1 of config.json) and takes "
                    "no pairs of texts");
  }
}

TokenizeSettings settings_of(const PrepareRequest& request, const ModelSource& source) {
  return {source.vocab,
          request.model.vocab_size,
          source.tokenizer,
          request.data.text_pair ? TextCount::pair : TextCount::one,
          request.data.max_tokens};
}

/// From the cache, else made of the files and put there.
std::optional<TokenizedInputs> tokenized(const PrepareRequest& request,
                                         const DataFiles& files,
                                         const ModelSource& source,
                                         Findings& findings) {
  const TokenizeSettings settings = settings_of(request, source);
  const bool has_cache = !request.cache.empty();
  const std::string key =
      has_cache ? data_cache_key(request.data, files, request.sweep_seed, settings) : "";
  if (has_cache) {
    if (auto cached = read_data_cache(request.cache, key)) {
      return cached;
    }
  }
  const auto splits = label_splits(request.data, files, request.sweep_seed, findings);
  if (!splits) {
    return std::nullopt;
  }
  TokenizedInputs inputs = tokenize(*splits, settings, request.on_text);
  if (has_cache) {
    if (const Result<void> kept = write_data_cache(request.cache, key, inputs); !kept) {
      findings.warn(
          "cache_unwritable",
          "data",
          fmt::format("{}; the data are tokenized again by each worker", kept.error().message));
    }
  }
  return inputs;
}

double percent(std::int64_t part, std::int64_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(whole, 1));
}

void warn_of_replaced(const DataFacts& facts, const DataFiles& files, Findings& findings) {
  const auto warn = [&](const DataFile* file, std::int64_t replaced, const std::string& more) {
    if (replaced == 0 || file == nullptr) {
      return;
    }
    findings.warn(
        "invalid_utf8",
        file->key,
        fmt::format("{}{}: {} {} not UTF-8 and read as U+FFFD, which the tokenizer drops; "
                    "if the file is Latin-1: `data: {{encoding: latin-1}}`",
                    file->path,
                    more,
                    replaced,
                    replaced == 1 ? "byte sequence is" : "byte sequences are"));
  };
  const std::size_t others = files.train.size() - std::min<std::size_t>(files.train.size(), 1);
  warn(files.train.empty() ? nullptr : files.train.data(),
       facts.replaced[0],
       others == 0 ? "" : fmt::format(" and {} more", others));
  warn(files.eval ? &*files.eval : nullptr, facts.replaced[1], "");
  warn(files.test ? &*files.test : nullptr, facts.replaced[2], "");
}

void warn_of_notes(const DataFacts& facts, const DataFiles& files, Findings& findings) {
  const std::vector<const DataFile*> all = files.all();
  for (const DataNote& note : facts.notes) {
    const auto place = static_cast<std::size_t>(note.file);
    const std::string path = place < all.size() ? all[place]->path : "";
    const std::string line = note.line > 0 ? fmt::format(":{}", note.line) : "";
    findings.warn(note.code, note.key, fmt::format("{}{}: {}", path, line, note.message));
  }
}

void warn_of_texts(const TokenizedInputs& inputs, Findings& findings) {
  const auto& [data, facts] = inputs;
  const std::int64_t texts = data.train.examples() + data.eval.examples() + data.test.examples();
  if (facts.cut_texts > 0) {
    findings.warn("texts_cut",
                  "data.max_tokens",
                  fmt::format("{} of {} texts ({:.1f} %) are longer than {} tokens and are cut",
                              facts.cut_texts,
                              texts,
                              percent(facts.cut_texts, texts),
                              data.max_tokens));
  }
  if (facts.empty_texts > 0) {
    findings.warn("empty_texts",
                  "data.text",
                  fmt::format("{} of {} texts have no token at all", facts.empty_texts, texts));
  }
  // A few short texts repeat in any data set; from one in a hundred on, the scores flatter.
  if (facts.eval_in_train * 100 >= std::max<std::int64_t>(data.eval.examples(), 1)) {
    findings.warn("eval_overlaps_train",
                  "data.eval",
                  fmt::format("{} of {} evaluation texts ({:.1f} %) are training texts as well",
                              facts.eval_in_train,
                              data.eval.examples(),
                              percent(facts.eval_in_train, data.eval.examples())));
  }
}

void warn_of_classes(const TokenizedData& data, Findings& findings) {
  const auto classes = static_cast<std::int64_t>(data.classes.size());
  constexpr std::int64_t enough_to_tell = 20;  // examples: below, few of a class are expected
  if (data.train.examples() < enough_to_tell || classes * 2 <= data.train.examples()) {
    return;
  }
  findings.warn("many_classes",
                "data.label",
                fmt::format("{} classes in {} training rows: is it the label's column?",
                            classes,
                            data.train.examples()));
}

ModelConfig final_config(const PrepareRequest& request,
                         const ModelSource& source,
                         const TokenizedData& data) {
  constexpr std::int64_t usual_positions = 512;  // BERT's
  ModelConfig config = *source.config;
  config.classes = static_cast<std::int64_t>(data.classes.size());
  if (request.model.path.empty()) {
    config.vocab_size = static_cast<std::int64_t>(data.vocab.size());
    config.max_positions = std::max(usual_positions, data.max_tokens);
  }
  return config;
}

void check_folder(const PrepareRequest& request, Prepared& prepared, Findings& findings) {
  if (request.model.path.empty()) {
    return;
  }
  check_weights(request.model.path, prepared.config, findings);
  const Result<std::string> fingerprint = folder_fingerprint(request.model.path);
  if (fingerprint) {
    prepared.model_fingerprint = *fingerprint;
  } else if (findings.problems.empty()) {
    findings.refuse("model.path", fingerprint.error().message);
  }
}

/// Where data or model have problems already: those of the weights as well, with the classes
/// that the folder has itself.
void check_folder_alone(const PrepareRequest& request,
                        const ModelSource& source,
                        Findings& findings) {
  if (request.model.path.empty() || !source.config) {
    return;
  }
  Findings of_folder;
  check_weights(request.model.path, *source.config, of_folder);
  std::move(
      of_folder.problems.begin(), of_folder.problems.end(), std::back_inserter(findings.problems));
}

}  // namespace

PrepareOutcome prepare(const PrepareRequest& request) {
  Findings findings;
  const DataFiles files = open_data_files(request.data, findings);
  const ModelSource source = read_model_source(request.model, request.norm, findings);
  check_max_tokens(request, source, findings);
  std::optional<TokenizedInputs> inputs;
  if (findings.problems.empty()) {
    inputs = tokenized(request, files, source, findings);
  } else {
    (void)label_splits(request.data, files, request.sweep_seed, findings);  // for its problems
  }
  if (!inputs) {
    check_folder_alone(request, source, findings);
    return {nullptr, std::move(findings.problems)};
  }
  auto prepared = std::make_shared<Prepared>();
  prepared->config = final_config(request, source, inputs->data);
  prepared->cut_texts = inputs->facts.cut_texts;
  check_folder(request, *prepared, findings);
  if (!findings.problems.empty()) {
    return {nullptr, std::move(findings.problems)};
  }
  warn_of_replaced(inputs->facts, files, findings);
  warn_of_notes(inputs->facts, files, findings);
  warn_of_texts(*inputs, findings);
  warn_of_classes(inputs->data, findings);
  if (!request.model.path.empty()) {
    const std::int64_t stored = stored_class_count(request.model.path, *source.config);
    warn_of_head({request.model.path, source.class_names, stored}, inputs->data.classes, findings);
  }
  prepared->data = std::make_shared<const TokenizedData>(std::move(inputs->data));
  prepared->warnings = std::move(findings.warnings);
  return {std::move(prepared), {}};
}

}  // namespace tarama::input
