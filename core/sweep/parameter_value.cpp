// Numbers in their shortest form that reads back the same.
#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

namespace tarama {

std::string text_of(const ParameterValue& value) {
  // fmt prints a double in the shortest form that reads back as the same bits.
  return std::visit([](const auto& held) { return fmt::format("{}", held); }, value);
}

std::string json_of(const ParameterValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value)) {
    return nlohmann::json(*text).dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);  // a path may be any bytes
  }
  return text_of(value);
}

std::string params_json(const LevelParams& params) {
  std::string json = "{";
  for (const auto& [key, value] : params) {
    json += fmt::format(
        "{}{}:{}", json.size() > 1 ? "," : "", json_of(ParameterValue(key)), json_of(value));
  }
  return json + "}";
}

std::string params_text(const LevelParams& params) {
  std::string text;
  for (const auto& [key, value] : params) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, text_of(value));
  }
  return text;
}

std::optional<double> number_of(const ParameterValue& value) {
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*whole);
  }
  if (const auto* const real = std::get_if<double>(&value)) {
    return *real;
  }
  return std::nullopt;
}

}  // namespace tarama
