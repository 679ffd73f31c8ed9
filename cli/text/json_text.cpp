// nlohmann-json escapes what is below U+0020; the rest of what steers comes behind it.
#include "cli/text/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tarama::cli {
namespace {

/// The character at the start of `text` if it steers a terminal or turns text around, else 0; those
/// that terminal_text.cpp knows, of two and three bytes of UTF-8.
unsigned steering_character(std::string_view text, std::size_t& bytes) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  bytes = 2;
  if ((byte(0) == 0xC2 && byte(1) < 0xA0) || (byte(0) == 0xD8 && byte(1) == 0x9C)) {
    return ((byte(0) & 0x1FU) << 6U) | (byte(1) & 0x3FU);
  }
  bytes = 3;
  const bool is_mark = byte(1) == 0x80 &&
                       (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xAA && byte(2) <= 0xAE));
  const bool is_isolate = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
  return byte(0) == 0xE2 && (is_mark || is_isolate)
             ? 0x2000U | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU)
             : 0U;
}

}  // namespace

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
    const unsigned steering = rest.front() == '\x7f' ? 0x7FU : steering_character(rest, bytes);
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
