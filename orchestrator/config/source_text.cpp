// Lines, columns and UTF-8 of a sweep file's text.
#include "orchestrator/config/source_text.hpp"

#include <algorithm>

namespace tarama::config {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

unsigned byte_at(std::string_view text, std::size_t place) {
  return static_cast<unsigned char>(text[place]);
}

bool is_continuation(unsigned byte) {
  return (byte & 0xc0U) == 0x80U;
}

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
}

/// The range that the second byte of a character must lie in, by its first.
bool is_second_byte(unsigned first, unsigned second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return is_continuation(second);
  }
}

std::size_t length_by_first_byte(unsigned first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return 2;
  }
  if (first >= 0xe0 && first <= 0xef) {
    return 3;
  }
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

}  // namespace

std::size_t character_length(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  const unsigned first = byte_at(text, 0);
  const std::size_t length = length_by_first_byte(first);
  if (length > text.size() || (length > 1 && !is_second_byte(first, byte_at(text, 1)))) {
    return 0;
  }
  for (std::size_t place = 2; place < length; ++place) {
    if (!is_continuation(byte_at(text, place))) {
      return 0;
    }
  }
  return length;
}

SourceText::SourceText(std::string_view text, std::size_t source)
    : text_(text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text),
      source_(source),
      line_starts_{0} {
  characters_before_.reserve(text_.size() + 1);
  int characters = 0;
  for (std::size_t byte = 0; byte < text_.size(); ++byte) {
    characters_before_.push_back(characters);
    characters += is_continuation(byte_at(text_, byte)) ? 0 : 1;
    if (text_[byte] == '\n') {
      line_starts_.push_back(byte + 1);
    }
  }
  characters_before_.push_back(characters);
}

Position SourceText::position_at(std::size_t byte) const {
  byte = std::min(byte, text_.size());
  const auto next_line = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte);
  const auto line = static_cast<std::size_t>(next_line - line_starts_.begin()) - 1;
  return position_at(line, byte - line_starts_[line]);
}

Position SourceText::position_at(std::size_t line, std::size_t byte_column) const {
  line = std::min(line, line_starts_.size() - 1);
  const std::size_t start = line_starts_[line];
  const std::size_t byte = std::min(start + byte_column, text_.size());
  const int column = characters_before_[byte] - characters_before_[start] + 1;
  return Position{source_, static_cast<int>(line) + 1, column};
}

std::string_view SourceText::line(int number) const {
  const auto index = static_cast<std::size_t>(number) - 1;
  if (index >= line_starts_.size()) {
    return {};
  }
  const std::string_view from_line = text_.substr(line_starts_[index]);
  return from_line.substr(0, from_line.find('\n'));
}

std::optional<std::size_t> SourceText::first_bad_byte() const {
  std::size_t byte = 0;
  while (byte < text_.size()) {
    const std::size_t length = character_length(text_.substr(byte));
    if (length == 0 || is_control(text_[byte])) {
      return byte;
    }
    byte += length;
  }
  return std::nullopt;
}

}  // namespace tarama::config
