// Normal numbers from Philox, one stream for each parameter by its name.
#include "core/training/initial_weights.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/architecture.hpp"
#include "core/training/philox.hpp"
#include "core/training/share_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama {

namespace {

bool is_matrix(const Parameter& parameter) {
  return parameter.role == Role::matrix;
}

std::size_t elements_of(const Parameter& parameter) {
  return static_cast<std::size_t>(std::accumulate(
      parameter.shape.begin(), parameter.shape.end(), std::int64_t{1}, std::multiplies<>()));
}

NamedArray filled(const ModelConfig& config,
                  const Parameter& parameter,
                  std::int64_t matrices_before,
                  std::int64_t seed) {
  NamedArray array{parameter.shape, std::vector<float>(elements_of(parameter), 0.0F)};
  if (is_matrix(parameter)) {
    PhiloxStream stream(
        {.seed = seed, .place = Place::initial_weights, .example = matrices_before});
    std::ranges::generate(array.values.edit(), [&] {
      return static_cast<float>(config.initializer_range * stream.normal());
    });
  } else if (parameter.role == Role::norm_scale) {
    std::ranges::fill(array.values.edit(), 1.0F);
  }
  return share_array(std::move(array));
}

}  // namespace

NamedArray initial_parameter(const ModelConfig& config, std::size_t index, std::int64_t seed) {
  const std::vector<Parameter> parameters = parameters_of(config);
  TARAMA_ASSERT(index < parameters.size(), "the index is one of parameters_of");
  const auto end = parameters.begin() + static_cast<std::ptrdiff_t>(index);
  return filled(config, parameters[index], std::count_if(parameters.begin(), end, is_matrix), seed);
}

ModelWeights initial_weights(const ModelConfig& config, std::int64_t seed) {
  ModelWeights weights;
  std::int64_t matrices = 0;
  for (const Parameter& parameter : parameters_of(config)) {
    weights.emplace(parameter.name, filled(config, parameter, matrices, seed));
    matrices += is_matrix(parameter) ? 1 : 0;
  }
  return weights;
}

Result<ModelWeights> complete_weights(const ModelConfig& config,
                                      const ModelWeights& weights,
                                      std::int64_t seed) {
  ModelWeights complete;
  const std::vector<Parameter> parameters = parameters_of(config);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    const auto found = weights.find(parameter.name);
    if (found == weights.end()) {
      if (!may_start_from_seed(parameter.module)) {
        return Error{
            Errc::invalid_config,
            fmt::format("the model's weights have no parameter '{}'; expected one of shape [{}]",
                        parameter.name,
                        fmt::join(parameter.shape, ", "))};
      }
      complete.emplace(parameter.name, initial_parameter(config, i, seed));
      continue;
    }
    if (found->second.shape != parameter.shape) {
      return Error{Errc::invalid_config,
                   fmt::format("parameter '{}' has shape [{}]; expected [{}]",
                               parameter.name,
                               fmt::join(found->second.shape, ", "),
                               fmt::join(parameter.shape, ", "))};
    }
    complete.emplace(parameter.name, found->second);
  }
  return complete;
}

}  // namespace tarama
