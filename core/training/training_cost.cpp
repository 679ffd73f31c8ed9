// Counting a model's parameters and operations.
#include "core/training/training_cost.hpp"

#include "core/training/architecture.hpp"

#include <functional>
#include <numeric>

namespace tarama {

std::int64_t count_parameters(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters_of(config)) {
    count += std::accumulate(
        parameter.shape.begin(), parameter.shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  return count;
}

double training_flops_per_token(const ModelConfig& config) {
  const auto hidden = static_cast<double>(config.hidden);
  const double attention_weights = 4 * hidden * hidden;  // query, key, value, output
  const double feed_forward_weights = 2 * hidden * static_cast<double>(config.intermediate);
  return 6 * static_cast<double>(config.layers) * (attention_weights + feed_forward_weights);
}

double training_flops_per_token(std::int64_t layers, std::int64_t hidden) {
  ModelConfig config;
  config.layers = layers;
  config.hidden = hidden;
  config.intermediate = 4 * hidden;
  return training_flops_per_token(config);
}

}  // namespace tarama
