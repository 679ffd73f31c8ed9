// See model_report.hpp.
#include "input/model_report.hpp"

#include "core/training/architecture.hpp"
#include "input/model/activation_names.hpp"
#include "input/model/folder_config.hpp"
#include "input/model/folder_tokenizer.hpp"
#include "input/model/folder_weights.hpp"
#include "input/model/model_source.hpp"
#include "input/model/stored_weights.hpp"
#include "input/text/wordpiece.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace tarama::input {
namespace {

constexpr std::array sample_texts = {"The film was surprisingly good.",
                                     "Don't pay $12.50 for it!",
                                     "Zoë's café in München, near 東京",
                                     "[SEP] <b>e-mail</b> me@example.org"};

void report_on_config(const FolderConfig& read, ModelReport& report) {
  const ModelConfig& config = read.config;
  report.facts.emplace_back("architecture",
                            fmt::format("{} (norm: {}), {} layers of {}, {} heads, {} between, {}",
                                        architecture_of(config.norm).model_type,
                                        config.norm == Norm::post ? "post" : "pre",
                                        config.layers,
                                        config.hidden,
                                        config.heads,
                                        config.intermediate,
                                        name_of(config.activation)));
  report.facts.emplace_back("texts",
                            fmt::format("up to {} tokens{}",
                                        config.max_positions,
                                        config.type_vocab_size < 2 ? "; no pairs of texts" : ""));
  report.facts.emplace_back("classes",
                            read.class_names.empty()
                                ? fmt::format("{}, without names", config.classes)
                                : fmt::format("{}", fmt::join(read.class_names, ", ")));
}

void report_on_tokenizer(const std::filesystem::path& folder,
                         const ModelSource& source,
                         ModelReport& report) {
  const TokenizerSettings& settings = source.tokenizer;
  report.facts.emplace_back("vocabulary",
                            fmt::format("{} word pieces of {}",
                                        source.vocab->size(),
                                        vocabulary_file(folder).filename().string()));
  std::string text = settings.lowercase ? "texts are lowered" : "case is kept";
  text += settings.strips_accents() ? ", accents dropped" : ", accents kept";
  text += settings.splits_han ? ", Chinese characters set apart" : "";
  if (!settings.never_split.empty()) {
    text += fmt::format(", {} words never split", settings.never_split.size());
  }
  if (!settings.added.empty()) {
    text += fmt::format(", {} added tokens", settings.added.size());
  }
  report.facts.emplace_back("tokenizer", text);
  std::vector<std::string> pieces = *source.vocab;
  for (const AddedToken& token : settings.added) {
    pieces.resize(std::max(pieces.size(), static_cast<std::size_t>(token.id) + 1));
    pieces[static_cast<std::size_t>(token.id)] = token.content;
  }
  WordPiece wordpiece(*source.vocab, settings);
  for (const char* const sample : sample_texts) {
    std::vector<std::int32_t> ids;
    wordpiece.append_ids(sample, ids);
    std::string cut;
    for (const std::int32_t id : ids) {
      cut += (cut.empty() ? "" : " ") + pieces[static_cast<std::size_t>(id)];
    }
    report.cuts.emplace_back(sample, cut);
  }
}

/// "38 of its 41 tensors are used, not 'cls.predictions.bias', for one".
std::string use_of_tensors(const TensorCounts& counts) {
  return counts.example.empty() ? fmt::format("all of its {} tensors are used", counts.stored)
                                : fmt::format("{} of its {} tensors are used, not '{}', for one",
                                              counts.used,
                                              counts.stored,
                                              counts.example);
}

void report_on_weights(const std::filesystem::path& folder,
                       const ModelConfig& config,
                       Findings& findings,
                       ModelReport& report) {
  check_weights(folder, config, findings);
  const Result<StoredWeights> stored = read_stored_weights(folder);
  if (!stored) {
    return;  // check_weights has told why
  }
  std::set<std::string> types;
  for (const auto& [name, tensor] : stored->tensors) {
    types.insert(tensor.type);
  }
  std::int64_t numbers = 0;
  for (const Parameter& parameter : parameters_of(config)) {
    std::int64_t size = 1;
    for (const std::int64_t dimension : parameter.shape) {
      size *= dimension;
    }
    numbers += size;
  }
  report.facts.emplace_back("weights",
                            fmt::format("{} ({}), {}; the model has {} numbers",
                                        stored->where.named.filename().string(),
                                        fmt::join(types, ", "),
                                        use_of_tensors(count_tensors(stored->tensors, config)),
                                        numbers));
  const std::int64_t head = stored_class_count(folder, config);
  report.facts.emplace_back("classifier",
                            head == 0 ? "none: a new one starts from each run's seed"
                                      : fmt::format("for {} classes", head));
}

}  // namespace

std::optional<std::string> tensors_of_model(const std::filesystem::path& folder) {
  const Result<FolderConfig> config = read_folder_config(folder);
  const Result<StoredWeights> stored = read_stored_weights(folder);
  if (!config || !stored) {
    return std::nullopt;
  }
  return fmt::format("{}: {}",
                     stored->where.named.string(),
                     use_of_tensors(count_tensors(stored->tensors, config->config)));
}

ModelReport report_on_model(const std::filesystem::path& folder) {
  ModelReport report;
  Findings findings;
  ModelSpec model;
  model.path = folder.string();
  const Result<FolderConfig> config = read_folder_config(folder);
  const Norm norm = config ? config->config.norm : Norm::post;
  const ModelSource source = read_model_source(model, norm, findings);
  if (config) {
    report_on_config(*config, report);
  }
  if (source.vocab) {
    report_on_tokenizer(folder, source, report);
  }
  if (config) {
    report_on_weights(folder, config->config, findings, report);
  }
  for (const Problem& problem : findings.problems) {
    report.problems.push_back(problem.message);
  }
  for (const Warning& warning : findings.warnings) {
    report.odd.push_back(warning.message);
  }
  return report;
}

}  // namespace tarama::input
