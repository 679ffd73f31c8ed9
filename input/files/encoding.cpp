// See encoding.hpp.
#include "input/files/encoding.hpp"

#include "input/files/utf8.hpp"

#include <algorithm>
#include <array>

namespace tarama::input {
namespace {

// 0x80 to 0x9F of code page 1252; what it leaves open is itself.
constexpr std::array<char32_t, 32> letters_of_1252 = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

Text from_latin_1(std::string_view bytes) {
  Text text;
  text.text.reserve(bytes.size());
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_of_1252 = byte >= 0x80 && byte < 0xA0;
    append_utf8(text.text, is_of_1252 ? letters_of_1252.at(byte - 0x80U) : char32_t{byte});
  }
  return text;
}

enum class ByteOrder { little, big };

/// Zeros among the first bytes, at places that are `remainder` modulo `width`.
std::size_t zeros_at(std::string_view bytes, std::size_t width, std::size_t remainder) {
  constexpr std::size_t enough = 4096;
  std::size_t zeros = 0;
  for (std::size_t at = remainder; at < std::min(bytes.size(), enough); at += width) {
    zeros += bytes[at] == '\0' ? 1 : 0;
  }
  return zeros;
}

/// Latin letters have their zero first in big-endian order.
ByteOrder order_of(std::string_view bytes) {
  return zeros_at(bytes, 2, 0) > zeros_at(bytes, 2, 1) ? ByteOrder::big : ByteOrder::little;
}

bool looks_like_utf_32(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv) || bytes.starts_with("\0\0\xFE\xFF"sv)) {
    return true;
  }
  // Of the four bytes of a Latin letter three are zero.
  const std::size_t start = std::min<std::size_t>(bytes.size(), 4096);
  return start >= 8 && zeros_at(bytes, 1, 0) * 10 >= start * 7;
}

bool looks_like_utf_16(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return true;
  }
  // Latin letters in UTF-16 have a zero beside each; UTF-8 texts have none at all.
  const std::size_t start = std::min<std::size_t>(bytes.size(), 4096);
  const std::size_t zeros = zeros_at(bytes, 1, 0);
  return start >= 4 && zeros * 4 >= start && zeros * 4 <= start * 3;
}

enum class Utf8Kind { none, ascii, beyond_ascii };

Utf8Kind utf_8_kind_of(std::string_view bytes) {
  Utf8Kind kind = Utf8Kind::ascii;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::optional<char32_t> letter = next_code_point(bytes, at);
    if (!letter || *letter == 0) {
      return Utf8Kind::none;
    }
    kind = *letter < 0x80 ? kind : Utf8Kind::beyond_ascii;
  }
  return kind;
}

char32_t unit_at(std::string_view bytes, std::size_t at, ByteOrder order) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  return order == ByteOrder::little ? static_cast<char32_t>(first | (second << 8U))
                                    : static_cast<char32_t>((first << 8U) | second);
}

Text from_utf_16(std::string_view bytes) {
  ByteOrder order = order_of(bytes);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    order = bytes.starts_with("\xFE\xFF") ? ByteOrder::big : ByteOrder::little;
    bytes.remove_prefix(2);
  }
  Text text;
  const auto replace = [&] {
    append_utf8(text.text, replacement_character);
    ++text.replaced;
  };
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    const char32_t unit = unit_at(bytes, at, order);
    if (unit < 0xD800 || unit >= 0xE000) {
      append_utf8(text.text, unit);
      continue;
    }
    const char32_t next = at + 3 < bytes.size() ? unit_at(bytes, at + 2, order) : 0;
    if (unit < 0xDC00 && next >= 0xDC00 && next < 0xE000) {
      append_utf8(text.text, 0x10000 + ((unit - 0xD800) << 10U) + (next - 0xDC00));
      at += 2;
    } else {
      replace();
    }
  }
  if (bytes.size() % 2 != 0) {
    replace();
  }
  return text;
}

}  // namespace

Text decoded(std::string bytes, Encoding encoding) {
  switch (encoding) {
    case Encoding::utf_8:
      return text_of(std::move(bytes));
    case Encoding::latin_1:
      return from_latin_1(bytes);
    case Encoding::utf_16:
      return from_utf_16(bytes);
  }
  return text_of(std::move(bytes));
}

std::string why_not_of(Encoding encoding, std::string_view bytes) {
  if (looks_like_utf_32(bytes)) {
    return "is UTF-32, expected UTF-8; convert it with: iconv -f UTF-32 -t UTF-8";
  }
  switch (encoding) {
    case Encoding::utf_8:
      return looks_like_utf_16(bytes)
                 ? "is UTF-16, expected UTF-8; `data: {encoding: utf-16}` reads it, or convert it "
                   "with: iconv -f UTF-16 -t UTF-8"
                 : "";
    case Encoding::latin_1:
      // What is Latin-1 by chance reads as UTF-8 only where nobody wrote an accent.
      return utf_8_kind_of(bytes) == Utf8Kind::beyond_ascii
                 ? "is UTF-8, not Latin-1, whose letters would be read as pairs of others; leave "
                   "data.encoding out"
                 : "";
    case Encoding::utf_16:
      return !looks_like_utf_16(bytes) && utf_8_kind_of(bytes) != Utf8Kind::none
                 ? "is UTF-8, not UTF-16; leave data.encoding out"
                 : "";
  }
  return "";
}

}  // namespace tarama::input
