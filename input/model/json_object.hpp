// A JSON file of a model's folder that holds one object, and what its readers say about values.
#pragma once

#include "core/sweep/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

/// Never null. A type of its own: json converts to and from nearly everything, Result included.
struct JsonObject {
  std::shared_ptr<const nlohmann::json> value;
};

/// Errc::not_found where there is no such file.
[[nodiscard]] Result<JsonObject> read_json_object(const std::filesystem::path& path);

/// A value as messages show it: on one line, and not much of it.
[[nodiscard]] std::string shown_json(const nlohmann::json& value);

/// Reads members of an object whose types are not what they should be without failing; what is
/// wrong is gathered, so that one message tells all of it.
class JsonMembers {
 public:
  explicit JsonMembers(const JsonObject& object) : object_(object) {}

  [[nodiscard]] bool has(const char* name) const;           // and it is not null
  [[nodiscard]] bool stands_there(const char* name) const;  // also as null
  [[nodiscard]] const nlohmann::json& at(const char* name) const;

  [[nodiscard]] std::optional<bool> boolean(const char* name);
  [[nodiscard]] std::optional<std::string> text(const char* name);
  /// Texts, or objects with a text as "content", as tokens are written.
  [[nodiscard]] std::vector<std::string> tokens(const char* name);

  void wrong(std::string_view what);

  [[nodiscard]] const std::string& all_wrong() const { return wrong_; }

 private:
  JsonObject object_;
  std::string wrong_;
};

}  // namespace tarama::input
