// `predict`: classifies the texts of a file with a model that a sweep kept.
#pragma once

#include "core/sweep/result.hpp"
#include "input/predict_input.hpp"
#include "worker/training/trainer.hpp"

#include <cstdio>

namespace tarama {

/// What a line of `predict` is.
enum class PredictLines {
  text,  // the likeliest class and its probability: label<TAB>0.9731
  json,  // {"label", "probability", "probabilities": {class: p, ...}, "ids": [token ids]}
};

/// Prints a line per example to `output`, in the file's order. The numbers of JSON are the
/// shortest that are read back as the same float32; one that is not finite is null.
[[nodiscard]] Result<void> predict(const input::PredictRequest& request,
                                   Trainer& trainer,
                                   PredictLines lines,
                                   std::FILE* output);

}  // namespace tarama
