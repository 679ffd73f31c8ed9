// See json_object.hpp.
#include "input/model/json_object.hpp"

#include "core/bytes/json_extent.hpp"
#include "input/files/pointer_file.hpp"
#include "input/files/text_file.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::input {
namespace {

using nlohmann::json;

constexpr std::size_t longest_json_shown = 80;

/// The text of a token: itself, or the "content" of an object.
std::optional<std::string> token_text(const json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_object() && value.contains("content") && value["content"].is_string()) {
    return value["content"].get<std::string>();
  }
  return std::nullopt;
}

}  // namespace

Result<JsonObject> read_json_object(const std::filesystem::path& path) {
  Result<std::string> bytes = read_bytes(path);
  if (!bytes) {
    return bytes.error();
  }
  const bool is_page = is_web_page(std::string_view(*bytes).substr(0, longest_pointer));
  const std::string text = text_of(std::move(*bytes)).text;
  if (const auto flaw = beyond({}, text)) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), *flaw)};
  }
  auto value = std::make_shared<const json>(json::parse(text, nullptr, false));
  if (!value->is_object()) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: {}",
                             path.string(),
                             is_page ? "is a web page, not the file; download it again"
                                     : "is not JSON with one object")};
  }
  return JsonObject{std::move(value)};
}

std::string shown_json(const json& value) {
  if (value.is_structured()) {
    return value.is_array() ? "a list" : "an object";
  }
  std::string shown = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (shown.size() > longest_json_shown) {
    shown.resize(longest_json_shown);
    shown += "…";
  }
  return shown;
}

bool JsonMembers::has(const char* name) const {
  const auto found = object_.value->find(name);
  return found != object_.value->end() && !found->is_null();
}

const json& JsonMembers::at(const char* name) const {
  return *object_.value->find(name);
}

std::optional<bool> JsonMembers::boolean(const char* name) {
  if (!has(name)) {
    return std::nullopt;
  }
  if (at(name).is_boolean()) {
    return at(name).get<bool>();
  }
  wrong(fmt::format("'{}' is {}, expected true or false", name, shown_json(at(name))));
  return std::nullopt;
}

std::optional<std::string> JsonMembers::text(const char* name) {
  if (!has(name)) {
    return std::nullopt;
  }
  if (std::optional<std::string> text = token_text(at(name))) {
    return text;
  }
  wrong(fmt::format("'{}' is {}, expected a text", name, shown_json(at(name))));
  return std::nullopt;
}

std::vector<std::string> JsonMembers::tokens(const char* name) {
  std::vector<std::string> tokens;
  if (!has(name)) {
    return tokens;
  }
  const json& list = at(name);
  const bool is_list =
      list.is_array() || list.is_object();  // by version a list, or names with them
  for (const json& item : is_list ? list : json::array()) {
    if (std::optional<std::string> text = token_text(item)) {
      tokens.push_back(std::move(*text));
    }
  }
  if (!is_list || tokens.size() != list.size()) {
    wrong(fmt::format("'{}' is {}, expected a list of texts", name, shown_json(list)));
  }
  return tokens;
}

void JsonMembers::wrong(std::string_view what) {
  wrong_ += wrong_.empty() ? "" : "; ";
  wrong_ += what;
}

}  // namespace tarama::input
