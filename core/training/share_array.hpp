// Arrays whose copies cost nothing: for weights that many runs begin with.
#pragma once

#include "core/training/model_config.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tarama {

/// The same numbers, which all copies of the array share from here on.
[[nodiscard]] inline NamedArray share_array(NamedArray array) {
  if (array.values.is_shared()) {
    return array;
  }
  const auto numbers = std::make_shared<const std::vector<float>>(std::move(array.values.edit()));
  return {std::move(array.shape), SharedArray<float>(numbers, std::span(*numbers))};
}

}  // namespace tarama
