// What config.json calls the activations that tarama computes.
#pragma once

#include "core/training/model_config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tarama::input {

[[nodiscard]] std::optional<Activation> activation_named(std::string_view name);

/// The name that every version of `transformers` knows.
[[nodiscard]] std::string_view name_of(Activation activation);

/// All names, for a message.
[[nodiscard]] std::string activation_names();

}  // namespace tarama::input
