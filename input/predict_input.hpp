// A saved model and texts to classify, ready for a trainer's `predict`: what `tarama predict
// MODEL_DIR FILE` reads.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "core/training/model_config.hpp"
#include "core/training/tokenized_data.hpp"
#include "input/data/table.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct PredictRequest {
  std::filesystem::path model;    // a Hugging Face folder with a classifier
  std::filesystem::path file;     // .tsv, .csv, .jsonl, or any other: a text a line
  std::optional<ColumnRef> text;  // the column; none: the only one, of a .jsonl "text"
  std::optional<ColumnRef> text_pair;
  Header header = Header::absent;
  std::optional<ColumnRef> label = std::nullopt;  // to hold the predictions against
};

struct PredictInput {
  ModelConfig config;
  std::shared_ptr<const ModelWeights> weights;
  std::vector<std::string> classes;  // id2label, else "0", "1", ...; equal names told apart
  std::vector<std::string> texts;    // one per line of the file
  TokenizedSplit split;              // labels are 0 where the request names no column of them
  std::int64_t cut_texts = 0;        // to model_max_length, or to what the model can take
  std::int64_t replaced = 0;         // what was not UTF-8 in the file
};

/// The message tells all that is wrong with the model's folder and the file.
[[nodiscard]] Result<PredictInput> read_predict_input(const PredictRequest& request);

}  // namespace tarama::input
