// See token_entry.hpp.
#include "input/model/token_entry.hpp"

#include <nlohmann/json.hpp>

namespace tarama::input {

std::optional<AddedToken> added_token_of(const nlohmann::json& entry) {
  if (!entry.is_object() || !entry.contains("content") || !entry["content"].is_string()) {
    return std::nullopt;
  }
  const auto flag = [&](const char* name, bool otherwise) {
    const auto found = entry.find(name);
    return found != entry.end() && found->is_boolean() ? found->get<bool>() : otherwise;
  };
  AddedToken token;
  token.content = entry["content"].get<std::string>();
  token.special = flag("special", false);
  token.single_word = flag("single_word", false);
  token.lstrip = flag("lstrip", false);
  token.rstrip = flag("rstrip", false);
  token.normalized = flag("normalized", !token.special);
  return token;
}

}  // namespace tarama::input
