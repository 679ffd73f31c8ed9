// See utf8.hpp. The table of well-formed sequences is that of the Unicode standard, 3-7.
#include "input/files/utf8.hpp"

namespace tarama::input {
namespace {

struct Lead {
  std::size_t continuations = 0;  // 0: this byte begins nothing
  unsigned char lowest = 0x80;    // of the second byte; the others are 80..BF
  unsigned char highest = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) {
    return {1};
  }
  if (byte == 0xE0) {
    return {2, 0xA0, 0xBF};  // lower ones would be overlong
  }
  if (byte == 0xED) {
    return {2, 0x80, 0x9F};  // higher ones would be surrogates
  }
  if (byte >= 0xE1 && byte <= 0xEF) {
    return {2};
  }
  if (byte == 0xF0) {
    return {3, 0x90, 0xBF};
  }
  if (byte == 0xF4) {
    return {3, 0x80, 0x8F};  // higher ones would be above U+10FFFF
  }
  if (byte >= 0xF1 && byte <= 0xF3) {
    return {3};
  }
  return {};
}

char continuation_byte(char32_t code_point, unsigned shift) {
  return static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
}

}  // namespace

std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) {
    return first;
  }
  const Lead lead = lead_of(first);
  if (lead.continuations == 0) {
    return std::nullopt;
  }
  // The lead of a sequence of n bytes carries 7 - n bits.
  char32_t code_point = first & (0x3FU >> lead.continuations);
  unsigned char lowest = lead.lowest;
  unsigned char highest = lead.highest;
  for (std::size_t i = 0; i < lead.continuations; ++i) {
    if (at >= text.size()) {
      return std::nullopt;
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < lowest || byte > highest) {
      return std::nullopt;
    }
    code_point = (code_point << 6U) | (byte & 0x3FU);
    lowest = 0x80;
    highest = 0xBF;
    ++at;
  }
  return code_point;
}

void append_utf8(std::string& text, char32_t code_point) {
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0U | (code_point >> 6U));
    text += continuation_byte(code_point, 0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0U | (code_point >> 12U));
    text += continuation_byte(code_point, 6);
    text += continuation_byte(code_point, 0);
  } else {
    text += static_cast<char>(0xF0U | (code_point >> 18U));
    text += continuation_byte(code_point, 12);
    text += continuation_byte(code_point, 6);
    text += continuation_byte(code_point, 0);
  }
}

std::int64_t replace_invalid_utf8(std::string& text) {
  std::string repaired;
  std::int64_t replaced = 0;
  std::size_t kept_until = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    if (next_code_point(text, at)) {
      continue;
    }
    repaired.append(text, kept_until, from - kept_until);
    append_utf8(repaired, replacement_character);
    kept_until = at;
    ++replaced;
  }
  if (replaced == 0) {
    return 0;
  }
  repaired.append(text, kept_until);
  text = std::move(repaired);
  return replaced;
}

}  // namespace tarama::input
