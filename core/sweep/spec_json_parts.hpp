// The JSON of the parts that sweep and job documents share. Private to core's .cpp files, since
// it shows nlohmann's type: nothing else includes it.
#pragma once

#include "core/sweep/enum_names.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tarama::spec_json {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json of(const TrainingSettings& training);
[[nodiscard]] Json of(const ModelSpec& model);
[[nodiscard]] Json of(const DataSpec& data);
[[nodiscard]] Json of(const Metric& metric);
[[nodiscard]] Json of(const Keep& keep);
[[nodiscard]] Json of(const ProgramSpec& program);

// These throw nlohmann's exceptions, or std::invalid_argument for a name that is not in its
// table; call them within `parse`. A key that is missing leaves the default.
void read(const Json& json, TrainingSettings& training);
void read(const Json& json, ModelSpec& model);
void read(const Json& json, DataSpec& data);
void read(const Json& json, Metric& metric);
void read(const Json& json, Keep& keep);
void read(const Json& json, Share& share);                         // of the key `share`
void read(const Json& json, std::optional<ProgramSpec>& program);  // of the key `program`

/// Throws unless it is a whole number of 64 bits: a longer one is a double in this JSON, whose
/// conversion is undefined.
inline std::int64_t whole(const Json& json) {
  return json.get_ref<const std::int64_t&>();
}

/// Sets `value` from json[key] if it is there.
template <class T>
void read_key(const Json& json, const char* key, T& value) {
  if (const auto found = json.find(key); found != json.end()) {
    if constexpr (std::is_same_v<T, std::int64_t>) {
      value = whole(*found);
    } else {
      value = found->template get<T>();
    }
  }
}

/// Sets `value` by the name at json[key], if it is there.
template <class Enum, std::size_t count, class Target>
void read_name(const Json& json,
               const char* key,
               const std::array<NamedValue<Enum>, count>& table,
               Target& value) {
  std::string name;
  if (!json.contains(key)) {
    return;
  }
  read_key(json, key, name);
  const std::optional<Enum> named = value_named(table, name);
  if (!named) {
    throw std::invalid_argument(
        fmt::format("{}: '{}' is none of {}", key, name, fmt::join(names_in(table), ", ")));
  }
  value = *named;
}

/// Parses `text` and hands it to `fill`; whatever either throws becomes `corrupt`, in the
/// context of `what`.
[[nodiscard]] Result<void> parse(const std::string& what,
                                 const std::string& text,
                                 const std::function<void(const Json&)>& fill);

}  // namespace tarama::spec_json
