// See json_object.hpp.
#include "input/model/json_object.hpp"

#include "core/bytes/json_extent.hpp"
#include "input/files/encoding.hpp"
#include "input/files/pointer_file.hpp"
#include "input/files/text_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::input {
namespace {

using nlohmann::json;

constexpr std::size_t longest_json_shown = 80;
// Three times the tokenizer.json of the largest vocabularies; config.json has a kilobyte.
constexpr std::uint64_t largest_json = std::uint64_t{64} << 20U;

/// What stands there instead of JSON; empty: nothing that is known.
std::string foreign_text(const std::string& bytes) {
  if (bytes.empty()) {
    return "is empty; was it downloaded to its end?";
  }
  if (is_web_page(std::string_view(bytes).substr(0, longest_pointer))) {
    return "is a web page, not the file; download it again";
  }
  const std::string why = why_not_of(Encoding::utf_8, bytes);
  return why.empty() ? "" : "is UTF-16 or UTF-32, expected UTF-8; convert it with iconv";
}

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
  Result<std::string> bytes = read_bytes(path, largest_json);
  if (!bytes) {
    return bytes.error();
  }
  if (const std::string foreign = foreign_text(*bytes); !foreign.empty()) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), foreign)};
  }
  const std::string text = text_of(std::move(*bytes)).text;
  if (const auto flaw = beyond({}, text)) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), *flaw)};
  }
  try {
    auto value = std::make_shared<const json>(json::parse(text));
    if (value->is_object()) {
      return JsonObject{std::move(value)};
    }
  } catch (const json::parse_error& error) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: is not JSON from byte {} on; expected one object",
                             path.string(),
                             std::max<std::size_t>(error.byte, 1))};
  } catch (const json::exception&) {  // a number beyond what a number can be
    return Error{
        Errc::invalid_config,
        fmt::format("{}: holds a number that is beyond what a number can be", path.string())};
  }
  return Error{Errc::invalid_config, fmt::format("{}: is not JSON with one object", path.string())};
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

bool JsonMembers::stands_there(const char* name) const {
  return object_.value->contains(name);
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
