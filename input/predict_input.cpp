// See predict_input.hpp.
#include "input/predict_input.hpp"

#include "core/training/architecture.hpp"
#include "input/files/text_file.hpp"
#include "input/model/folder_config.hpp"
#include "input/model/folder_tokenizer.hpp"
#include "input/prepare.hpp"
#include "input/text/example_encoder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace tarama::input {
namespace {

struct PredictTexts {
  std::vector<std::string> first;
  std::vector<std::string> second;  // empty where there are no pairs
  std::int64_t replaced = 0;
};

Result<PredictTexts> texts_of_table(const PredictRequest& request,
                                    TableFormat format,
                                    const Text& text) {
  if (!request.text) {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: the file has columns; say which one holds the text",
                             request.file.string())};
  }
  TableRequest columns{request.file.string(), {{*request.text}}, request.header};
  if (request.text_pair) {
    columns.columns.push_back({*request.text_pair});
  }
  Table table = read_table(format, text.text, columns);
  if (!table.errors.empty()) {
    std::string message;
    for (const TableError& error : table.errors) {
      message += (message.empty() ? "" : "\n") + error.message;
    }
    return Error{Errc::invalid_argument, message};
  }
  PredictTexts texts{{}, {}, text.replaced};
  for (TableRow& row : table.rows) {
    texts.first.push_back(std::move(row.cells[0]));
    if (request.text_pair) {
      texts.second.push_back(std::move(row.cells[1]));
    }
  }
  return texts;
}

Result<PredictTexts> read_texts(const PredictRequest& request) {
  Result<std::string> bytes = read_bytes(request.file);
  if (!bytes) {
    return bytes.error();
  }
  const Text text = text_of(std::move(*bytes));
  if (const auto format = table_format_of(request.file)) {
    return texts_of_table(request, *format, text);
  }
  PredictTexts texts{{}, {}, text.replaced};
  for (const TextLine& line : lines_of(text.text)) {
    texts.first.emplace_back(line.text);
  }
  return texts;
}

/// Tokens that the model takes: by tokenizer_config.json, never more than it has positions.
std::int64_t max_tokens_of(const FolderTokenizer& tokenizer, const ModelConfig& config) {
  return std::min(tokenizer.max_tokens.value_or(config.max_positions), config.max_positions);
}

Result<void> read_model(const std::filesystem::path& folder, PredictInput& input) {
  Result<FolderConfig> config = read_folder_config(folder);
  if (!config) {
    return config.error();
  }
  input.config = config->config;
  input.classes = std::move(config->class_names);
  for (std::int64_t i = std::ssize(input.classes); i < input.config.classes; ++i) {
    input.classes.push_back(std::to_string(i));
  }
  ModelSpec model;
  model.path = folder.string();
  Result<std::shared_ptr<const ModelWeights>> weights = load_weights(model, input.config);
  if (!weights) {
    return weights.error();
  }
  input.weights = std::move(*weights);
  for (const Parameter& parameter : parameters_of(input.config)) {
    if (input.weights->contains(parameter.name)) {
      continue;
    }
    return Error{Errc::invalid_argument,
                 fmt::format("{}: has no '{}' of shape [{}]; it is not a trained classifier",
                             folder.string(),
                             parameter.name,
                             fmt::join(parameter.shape, ", "))};
  }
  return {};
}

}  // namespace

Result<PredictInput> read_predict_input(const PredictRequest& request) {
  PredictInput input;
  if (const Result<void> model = read_model(request.model, input); !model) {
    return model.error();
  }
  Findings findings;
  const std::optional<FolderTokenizer> tokenizer = read_folder_tokenizer(request.model, findings);
  if (!tokenizer) {
    return Error{Errc::invalid_argument, findings.problems.front().message};
  }
  if (tokenizer->id_count() > input.config.vocab_size) {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: the tokenizer has more tokens ({}) than config.json says ({})",
                             request.model.string(),
                             tokenizer->id_count(),
                             input.config.vocab_size)};
  }
  Result<PredictTexts> texts = read_texts(request);
  if (!texts) {
    return texts.error();
  }
  const std::int64_t fewest = request.text_pair ? 5 : 3;
  const std::int64_t max_tokens = std::max(max_tokens_of(*tokenizer, input.config), fewest);
  ExampleEncoder encoder(tokenizer->pieces, tokenizer->settings, max_tokens);
  for (std::size_t i = 0; i < texts->first.size(); ++i) {
    const bool is_pair = !texts->second.empty();
    encoder.append(texts->first[i],
                   is_pair ? std::optional<std::string_view>(texts->second[i]) : std::nullopt,
                   input.split);
    input.split.labels.push_back(0);
  }
  input.texts = std::move(texts->first);
  input.cut_texts = encoder.cut_texts();
  input.replaced = texts->replaced;
  return input;
}

}  // namespace tarama::input
