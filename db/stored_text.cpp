// UTF-8 by the table of the Unicode standard (3-7): no overlong forms, no surrogates, nothing past
// U+10FFFF.
#include "db/stored_text.hpp"

namespace tarama::db {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

bool is_between(unsigned byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

/// What the second byte may be behind this first one.
bool is_second_byte(unsigned first, unsigned second) {
  switch (first) {
    case 0xE0:
      return is_between(second, 0xA0, 0xBF);
    case 0xED:
      return is_between(second, 0x80, 0x9F);
    case 0xF0:
      return is_between(second, 0x90, 0xBF);
    case 0xF4:
      return is_between(second, 0x80, 0x8F);
    default:
      return is_between(second, 0x80, 0xBF);
  }
}

std::size_t length_by_first_byte(unsigned first) {
  if (is_between(first, 0x01, 0x7F)) {
    return 1;
  }
  if (is_between(first, 0xC2, 0xDF)) {
    return 2;
  }
  if (is_between(first, 0xE0, 0xEF)) {
    return 3;
  }
  return is_between(first, 0xF0, 0xF4) ? 4 : 0;
}

/// Bytes of the character at `index`; 0: there is none that may be stored.
std::size_t character_at(std::string_view text, std::size_t index) {
  const unsigned first = byte_at(text, index);
  const std::size_t length = length_by_first_byte(first);
  if (length == 0 || length > text.size() - index) {
    return 0;
  }
  for (std::size_t at = 1; at < length; ++at) {
    const unsigned byte = byte_at(text, index + at);
    if (at == 1 ? !is_second_byte(first, byte) : !is_between(byte, 0x80, 0xBF)) {
      return 0;
    }
  }
  return length;
}

/// Where the first byte stands that may not be stored; the text's size: nowhere.
std::size_t first_unsound(std::string_view text) {
  std::size_t index = 0;
  while (index < text.size()) {
    const std::size_t length = character_at(text, index);
    if (length == 0) {
      return index;
    }
    index += length;
  }
  return index;
}

}  // namespace

bool is_sound_text(std::string_view text) {
  return first_unsound(text) == text.size();
}

std::string stored_text(std::string_view text) {
  std::string stored;
  stored.reserve(text.size());
  while (!text.empty()) {
    const std::size_t sound = first_unsound(text);
    stored += text.substr(0, sound);
    text.remove_prefix(sound);
    if (!text.empty()) {
      stored += replacement;
      text.remove_prefix(1);
    }
  }
  return stored;
}

std::string stored_message(std::string_view text) {
  // A replacement is three bytes for one: so many bytes of the text are surely enough.
  std::string stored = stored_text(text.substr(0, longest_message));
  if (stored.size() <= longest_message && text.size() <= longest_message) {
    return stored;
  }
  const std::string_view head = std::string_view(stored).substr(0, longest_message - 3);
  stored.resize(first_unsound(head));  // not within a character
  return stored + "...";
}

}  // namespace tarama::db
