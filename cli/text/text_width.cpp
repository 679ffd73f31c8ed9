// See text_width.hpp; utf8proc knows how wide a character is.
#include "cli/text/text_width.hpp"

#include "cli/text/terminal_text.hpp"

#include <algorithm>
#include <utf8proc.h>

namespace tarama::cli {
namespace {

constexpr std::string_view colours_off = "\x1b[0m";
constexpr std::string_view ellipsis = "…";

/// One thing as a terminal sees it: a code point, an invalid byte, or a colour sequence.
struct Glyph {
  std::string_view bytes;
  std::size_t columns = 0;
  utf8proc_int32_t code_point = -1;  // -1: an invalid byte or a colour
  bool is_colour = false;
};

/// The length of the colour sequence at the start of `text`, 0 where there is none.
std::size_t colour_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) {
    return 0;
  }
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

Glyph first_glyph(std::string_view text) {
  if (const std::size_t length = colour_length(text); length > 0) {
    return {text.substr(0, length), 0, -1, true};
  }
  utf8proc_int32_t code_point = -1;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  if (length <= 0) {
    return {text.substr(0, 1), 1, -1, false};
  }
  const int columns = std::max(0, utf8proc_charwidth(code_point));
  return {text.substr(0, static_cast<std::size_t>(length)),
          static_cast<std::size_t>(columns),
          code_point,
          false};
}

constexpr std::string_view of_counts = "0123456789.,/";  // 3/64, 1,024, 0.81

/// `text` up to `end` without the number that goes on behind it.
std::size_t end_before_number(std::string_view text, std::size_t end) {
  const std::size_t before = text.substr(0, end).find_last_not_of(of_counts);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const bool has_digit =
      text.substr(begin, end - begin).find_first_of("0123456789") != std::string_view::npos;
  const bool goes_on = end < text.size() && (of_counts.find(text[end]) != std::string_view::npos ||
                                             text[end] == 'e');  // 2e-5
  return has_digit && goes_on ? begin : end;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes.size());
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) {
    return std::string(text);
  }
  if (columns == 0) {
    return "";
  }
  std::string_view rest = text;
  std::size_t used = 0;
  bool is_coloured = false;
  while (!rest.empty()) {
    const Glyph glyph = first_glyph(rest);
    if (used + glyph.columns > columns - 1) {
      break;
    }
    used += glyph.columns;
    is_coloured = glyph.is_colour ? glyph.bytes != colours_off : is_coloured;
    rest.remove_prefix(glyph.bytes.size());
  }
  std::string cut(text.substr(0, end_before_number(text, text.size() - rest.size())));
  cut += ellipsis;
  return is_coloured ? cut.append(colours_off) : cut;
}

std::string pad(std::string_view text, std::size_t columns, Align align) {
  const std::size_t width = display_width(text);
  const std::string room(width < columns ? columns - width : 0, ' ');
  return align == Align::left ? std::string(text) + room : room + std::string(text);
}

std::string printable(std::string_view text) {
  std::string shown = for_terminal(text);
  std::ranges::replace_if(
      shown, [](char letter) { return letter == '\n' || letter == '\t'; }, ' ');
  return shown;
}

std::string wrapped(std::string_view text, std::size_t columns) {
  std::string lines;
  std::size_t used = 0;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(' ', from), text.size());
    const std::string_view word = text.substr(from, end - from);
    const std::size_t width = display_width(word);
    if (used > 0) {
      const bool has_room = used + 1 + width <= columns;
      lines += has_room ? ' ' : '\n';
      used = has_room ? used + 1 : 0;
    }
    lines += word;
    used += width;
    from = end + 1;
  }
  return lines;
}

}  // namespace tarama::cli
