// See params_from_json.hpp.
#include "core/sweep/params_from_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace tarama {

namespace {

std::optional<ParameterValue> value_in(const nlohmann::ordered_json& value) {
  if (value.is_boolean()) {
    return value.get<bool>();
  }
  if (value.is_number_integer()) {
    return value.get<std::int64_t>();
  }
  if (value.is_number()) {
    return value.get<double>();
  }
  return value.is_string() ? std::optional<ParameterValue>(value.get<std::string>()) : std::nullopt;
}

}  // namespace

Result<LevelParams> params_from_json(const std::string& text) {
  const auto object = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  LevelParams params;
  if (!object.is_object()) {
    return Error{Errc::corrupt, fmt::format("a level's parameters do not decode: {:.200}", text)};
  }
  for (const auto& [key, value] : object.items()) {
    const auto read = value_in(value);
    if (!read) {
      return Error{Errc::corrupt,
                   fmt::format("a level's parameter '{:.200}' is no value: {:.200}", key, text)};
    }
    params.emplace_back(key, *read);
  }
  return params;
}

}  // namespace tarama
