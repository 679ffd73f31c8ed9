// Values of swept keys as people and JSON read them: numbers in their shortest form that reads
// back as the same double (2e-05, 0.1), strings as they are.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <optional>
#include <string>

namespace tarama {

/// "2e-05", "3", "post", "true"; strings without quotes.
[[nodiscard]] std::string text_of(const ParameterValue& value);

/// The same as one JSON value: strings quoted and escaped.
[[nodiscard]] std::string json_of(const ParameterValue& value);

/// {"lr":2e-05,"warmup":0.1,"epochs":3,"norm":"pre"}: one JSON object, keys in order.
[[nodiscard]] std::string params_json(const LevelParams& params);

/// "lr 2e-05, warmup 0.1, epochs 3": a level in one line of text.
[[nodiscard]] std::string params_text(const LevelParams& params);

/// The number that a value is; nullopt for a string or a boolean.
[[nodiscard]] std::optional<double> number_of(const ParameterValue& value);

}  // namespace tarama
