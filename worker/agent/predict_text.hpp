// What `predict` prints of one example, and at the end of all. Pure.
#pragma once

#include "core/training/classification_metrics.hpp"
#include "worker/agent/predict.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tarama {

/// One line with its end. `probabilities`: one per class.
[[nodiscard]] std::string prediction_line(const PredictOutput& output,
                                          std::span<const float> probabilities,
                                          std::span<const std::int32_t> ids,
                                          const std::vector<std::string>& classes);

/// Several lines, or one of JSON.
[[nodiscard]] std::string evaluation_text(PredictLines lines,
                                          const ConfusionMatrix& matrix,
                                          const std::vector<std::string>& classes);

}  // namespace tarama
