// `predict`: classifies the texts of a file with a model that a sweep kept.
#pragma once

#include "core/sweep/result.hpp"
#include "input/predict_input.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace tarama {

/// What a line of `predict` is.
enum class PredictLines {
  text,  // the likeliest class and its probability: label<TAB>0.9731
  json,  // {"label", "probability", "probabilities": {class: p, ...}, "ids": [token ids]}
};

struct PredictOutput {
  PredictLines lines = PredictLines::text;
  std::int64_t top = 1;  // likeliest classes a line; beyond 1 in JSON as "top"
};

/// Prints a line per example to `output`, in the file's order, as they come: the trainers, one a
/// thread, take a part of the examples each, one after the other. Tabs and line ends in the names
/// of classes are written as \t and \n. The numbers of JSON are the shortest that are read back as
/// the same float32; one that is not finite is null. Where the request has labels, accuracy, MCC,
/// macro-F1 and the confusion matrix follow; in JSON as one object on the last line.
[[nodiscard]] Result<void> predict(const input::PredictRequest& request,
                                   const std::vector<Trainer*>& trainers,
                                   const PredictOutput& lines,
                                   std::FILE* output);

}  // namespace tarama
