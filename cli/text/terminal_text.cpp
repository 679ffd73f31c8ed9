// See terminal_text.hpp.
#include "cli/text/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utf8proc.h>

namespace tarama::cli {
namespace {

/// Marks, embeddings, overrides and isolates of direction.
bool turns_text(utf8proc_int32_t code_point) {
  return code_point == 0x61C || code_point == 0x200E || code_point == 0x200F ||
         (code_point >= 0x202A && code_point <= 0x202E) ||
         (code_point >= 0x2066 && code_point <= 0x2069);
}

bool steers_terminal(utf8proc_int32_t code_point) {
  const bool is_layout = code_point == '\n' || code_point == '\t';
  return !is_layout && (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0));
}

}  // namespace

std::string for_terminal(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    utf8proc_int32_t code_point = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()),
                                         &code_point);
    const std::size_t bytes = length > 0 ? static_cast<std::size_t>(length) : 1;
    if (length <= 0) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (text.starts_with("\r\n")) {
      // The line end that follows does what is meant.
    } else if (steers_terminal(code_point)) {
      shown += fmt::format("\\x{:02x}", code_point);
    } else if (turns_text(code_point)) {
      shown += fmt::format("\\u{:04x}", code_point);
    } else {
      shown += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return shown;
}

std::size_t whole_characters(std::string_view text) {
  if (text.ends_with('\r')) {
    return text.size() - 1;
  }
  constexpr std::size_t longest = 4;
  for (std::size_t behind = 1; behind <= std::min(longest, text.size()); ++behind) {
    const auto byte = static_cast<unsigned char>(text[text.size() - behind]);
    if ((byte & 0xC0U) == 0x80U) {
      continue;  // within a character
    }
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return length > behind ? text.size() - behind : text.size();
  }
  return text.size();
}

}  // namespace tarama::cli
