// `predict`: classifies the texts of a file with a model that a sweep kept.
#pragma once

#include "core/result.hpp"
#include "input/predict_input.hpp"
#include "worker/trainer.hpp"

#include <cstdio>

namespace tarama {

/// Prints the likeliest class of every text and its probability to `output`, "label<TAB>0.9731",
/// a line per example in the file's order.
[[nodiscard]] Result<void> predict(const input::PredictRequest& request,
                                   Trainer& trainer,
                                   std::FILE* output);

}  // namespace tarama
