// nlohmann-json escapes what is below U+0020; the rest of what steers comes behind it.
#include "cli/text/json_text.hpp"

#include "core/bytes/steering_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tarama::cli {

std::string json_text(const nlohmann::ordered_json& document, int indent) {
  const std::string dumped =
      document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  constexpr std::string_view first_bytes = "\x7f\xC2\xD8\xE2";
  std::string text;
  std::string_view rest = dumped;
  while (true) {
    const std::size_t plain = std::min(rest.find_first_of(first_bytes), rest.size());
    text += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) {
      return text;
    }
    std::size_t bytes = 1;
    const unsigned steering = steering_character(rest, bytes);
    if (steering == 0) {
      bytes = 1;
      text += rest.front();
    } else {
      text += fmt::format("\\u{:04x}", steering);
    }
    rest.remove_prefix(bytes);
  }
}

}  // namespace tarama::cli
