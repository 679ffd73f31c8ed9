// See predict_input.hpp.
#include "input/predict_input.hpp"

#include "core/training/architecture.hpp"
#include "input/data/data_files.hpp"
#include "input/data/label_classes.hpp"
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
  std::vector<TableRow> labels;     // a cell each; empty where nobody asked for them
  std::int64_t replaced = 0;
};

/// The column of a file that has one alone, or of a .jsonl the usual name; nothing for others.
std::optional<ColumnRef> only_column(const PredictRequest& request,
                                     TableFormat format,
                                     const Text& text) {
  if (format == TableFormat::jsonl) {
    return ColumnRef("text");
  }
  const TableRequest second{request.file.string(), {{ColumnRef(std::int64_t{1})}}, request.header};
  const Table table = read_table(format, text.text, second);
  const bool has_no_second = !table.errors.empty() && table.errors.front().column.has_value();
  return has_no_second ? std::optional(ColumnRef(std::int64_t{0})) : std::nullopt;
}

Result<Table> read_predict_table(const TableRequest& request,
                                 TableFormat format,
                                 const Text& text) {
  Table table = read_table(format, text.text, request);
  if (table.errors.empty()) {
    return table;
  }
  std::string message;
  for (const TableError& error : table.errors) {
    message += (message.empty() ? "" : "\n") + error.message;
  }
  return Error{Errc::invalid_argument, message};
}

Result<PredictTexts> texts_of_table(const PredictRequest& request,
                                    TableFormat format,
                                    const Text& text) {
  const std::optional<ColumnRef> column =
      request.text ? request.text : only_column(request, format, text);
  if (!column) {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: the file has columns; say which one holds the text: --text COL",
                             request.file.string())};
  }
  TableRequest columns{request.file.string(), {{*column}}, request.header};
  columns.empty_lines = EmptyLines::kept;
  if (request.text_pair) {
    columns.columns.push_back({*request.text_pair});
  }
  if (request.label) {
    columns.columns.push_back({*request.label, CellKind::label});
  }
  Result<Table> table = read_predict_table(columns, format, text);
  if (!table) {
    return table.error();
  }
  PredictTexts texts{{}, {}, {}, text.replaced};
  for (TableRow& row : table->rows) {
    if (request.label) {
      texts.labels.push_back({row.line, {std::move(row.cells.back())}});
    }
    texts.first.push_back(std::move(row.cells[0]));
    if (request.text_pair) {
      texts.second.push_back(std::move(row.cells[1]));
    }
  }
  return texts;
}

Result<PredictTexts> read_texts(const PredictRequest& request) {
  const std::optional<TableFormat> format = table_format_of(request.file);
  Result<DataFile> file =
      open_data_file("", request.file.string(), format.value_or(TableFormat::tsv), Encoding::utf_8);
  if (!file) {
    return file.error();
  }
  const Text text = text_of(std::move(file->bytes));
  if (format) {
    return texts_of_table(request, *format, text);
  }
  if (request.label) {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: has no columns, hence none of labels; call it .tsv or .csv",
                             request.file.string())};
  }
  PredictTexts texts{{}, {}, {}, text.replaced};
  for (const TextLine& line : lines_of(text.text)) {
    texts.first.emplace_back(line.text);
  }
  return texts;
}

/// The number of a label among the classes; of a model without names, of "1" as well.
std::optional<std::int32_t> class_number(const std::vector<std::string>& classes,
                                         const std::string& label) {
  if (const auto found = class_of(classes, label)) {
    return found;
  }
  return class_of(classes, "LABEL_" + label);
}

Result<void> take_labels(const PredictRequest& request,
                         const std::vector<TableRow>& labels,
                         PredictInput& input) {
  for (const TableRow& row : labels) {
    const auto number = class_number(input.classes, row.cells[0]);
    if (!number) {
      return Error{Errc::invalid_argument,
                   fmt::format("{}:{}: the label '{}' is none of the model's classes: {}",
                               request.file.string(),
                               row.line,
                               row.cells[0],
                               fmt::join(input.classes, ", "))};
    }
    input.split.labels.edit()[static_cast<std::size_t>(&row - labels.data())] = *number;
  }
  return {};
}

/// Two classes of one name would be one in a JSON object, and nobody could tell which was meant.
void tell_equal_names_apart(std::vector<std::string>& classes) {
  const std::vector<std::string> names = classes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::count(names.begin(), names.end(), names[i]) > 1) {
      classes[i] = fmt::format("{} (LABEL_{})", names[i], i);
    }
  }
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
  tell_equal_names_apart(input.classes);
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
  if (request.text_pair && input.config.type_vocab_size < 2) {
    return Error{
        Errc::invalid_argument,
        fmt::format("{}: the model has one segment only (type_vocab_size 1 of config.json) "
                    "and takes no pairs of texts",
                    request.model.string())};
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
  if (const Result<void> labels = take_labels(request, texts->labels, input); !labels) {
    return labels.error();
  }
  input.texts = std::move(texts->first);
  input.cut_texts = encoder.cut_texts();
  input.replaced = texts->replaced;
  return input;
}

}  // namespace tarama::input
