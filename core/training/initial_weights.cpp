// Normal numbers from Philox, one stream for each parameter by its name.
#include "core/training/initial_weights.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/philox.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <string_view>
#include <vector>

namespace tarama {

namespace {

bool is_matrix(const ParameterShape& parameter) {
  return parameter.shape.size() == 2;
}

std::size_t elements_of(const ParameterShape& parameter) {
  return static_cast<std::size_t>(std::accumulate(
      parameter.shape.begin(), parameter.shape.end(), std::int64_t{1}, std::multiplies<>()));
}

bool may_be_missing(const std::string& name) {
  return name.starts_with("bert.pooler.") || name.starts_with("classifier.");
}

NamedArray filled(const ModelConfig& config,
                  const ParameterShape& parameter,
                  std::int64_t matrices_before,
                  std::int64_t seed) {
  NamedArray array{parameter.shape, std::vector<float>(elements_of(parameter), 0.0F)};
  if (is_matrix(parameter)) {
    PhiloxStream stream(
        {.seed = seed, .place = Place::initial_weights, .example = matrices_before});
    std::ranges::generate(array.values, [&] {
      return static_cast<float>(config.initializer_range * stream.normal());
    });
  } else if (parameter.name.ends_with(".weight")) {
    std::ranges::fill(array.values, 1.0F);  // the scale of a LayerNorm
  }
  return array;
}

}  // namespace

NamedArray initial_parameter(const ModelConfig& config, std::size_t index, std::int64_t seed) {
  const std::vector<ParameterShape> shapes = parameter_shapes(config);
  TARAMA_ASSERT(index < shapes.size(), "the index is one of parameter_shapes");
  const auto end = shapes.begin() + static_cast<std::ptrdiff_t>(index);
  return filled(config, shapes[index], std::count_if(shapes.begin(), end, is_matrix), seed);
}

ModelWeights initial_weights(const ModelConfig& config, std::int64_t seed) {
  ModelWeights weights;
  std::int64_t matrices = 0;
  for (const ParameterShape& parameter : parameter_shapes(config)) {
    weights.emplace(parameter.name, filled(config, parameter, matrices, seed));
    matrices += is_matrix(parameter) ? 1 : 0;
  }
  return weights;
}

Result<ModelWeights> complete_weights(const ModelConfig& config,
                                      const ModelWeights* weights,
                                      std::int64_t seed) {
  if (weights == nullptr) {
    return initial_weights(config, seed);
  }
  ModelWeights complete;
  const auto shapes = parameter_shapes(config);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto& [name, shape] = shapes[i];
    const auto found = weights->find(name);
    if (found == weights->end()) {
      if (!may_be_missing(name)) {
        return Error{
            Errc::invalid_config,
            fmt::format("the model's weights have no parameter '{}'; expected one of shape [{}]",
                        name,
                        fmt::join(shape, ", "))};
      }
      complete.emplace(name, initial_parameter(config, i, seed));
      continue;
    }
    if (found->second.shape != shape) {
      return Error{Errc::invalid_config,
                   fmt::format("parameter '{}' has shape [{}]; expected [{}]",
                               name,
                               fmt::join(found->second.shape, ", "),
                               fmt::join(shape, ", "))};
    }
    complete.emplace(name, found->second);
  }
  return complete;
}

}  // namespace tarama
