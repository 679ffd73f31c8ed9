// See lookalikes.hpp.
#include "orchestrator/config/lookalikes.hpp"

#include "orchestrator/config/source_text.hpp"

#include <fmt/format.h>

#include <array>

namespace tarama::config {

namespace {

struct Lookalike {
  char32_t code_point;
  std::string_view name;
  std::string_view meant;
};

constexpr std::array lookalikes = {Lookalike{0x00A0, "a no-break space", "a space"},
                                   Lookalike{0x1680, "an Ogham space", "a space"},
                                   Lookalike{0x2000, "an en quad", "a space"},
                                   Lookalike{0x2001, "an em quad", "a space"},
                                   Lookalike{0x2002, "an en space", "a space"},
                                   Lookalike{0x2003, "an em space", "a space"},
                                   Lookalike{0x2004, "a narrow space", "a space"},
                                   Lookalike{0x2005, "a narrow space", "a space"},
                                   Lookalike{0x2006, "a narrow space", "a space"},
                                   Lookalike{0x2007, "a figure space", "a space"},
                                   Lookalike{0x2008, "a punctuation space", "a space"},
                                   Lookalike{0x2009, "a thin space", "a space"},
                                   Lookalike{0x200A, "a hair space", "a space"},
                                   Lookalike{0x202F, "a narrow no-break space", "a space"},
                                   Lookalike{0x205F, "a mathematical space", "a space"},
                                   Lookalike{0x3000, "an ideographic space", "a space"},
                                   Lookalike{0x200B, "a zero width space", "nothing"},
                                   Lookalike{0x200C, "a zero width non-joiner", "nothing"},
                                   Lookalike{0x200D, "a zero width joiner", "nothing"},
                                   Lookalike{0x2060, "a word joiner", "nothing"},
                                   Lookalike{0xFEFF, "a byte order mark", "nothing"},
                                   Lookalike{0x00AD, "a soft hyphen", "nothing"},
                                   Lookalike{0x2010, "a hyphen", "a minus '-'"},
                                   Lookalike{0x2011, "a no-break hyphen", "a minus '-'"},
                                   Lookalike{0x2012, "a figure dash", "a minus '-'"},
                                   Lookalike{0x2013, "an en dash", "a minus '-'"},
                                   Lookalike{0x2014, "an em dash", "a minus '-'"},
                                   Lookalike{0x2212, "a minus sign of mathematics", "a minus '-'"},
                                   Lookalike{0xFE63, "a small minus", "a minus '-'"},
                                   Lookalike{0xFF0D, "a wide minus", "a minus '-'"},
                                   Lookalike{0x2018, "a curly quote", "a quote '"},
                                   Lookalike{0x2019, "a curly quote", "a quote '"},
                                   Lookalike{0x201A, "a low quote", "a quote '"},
                                   Lookalike{0x201B, "a curly quote", "a quote '"},
                                   Lookalike{0x201C, "a curly quote", "a quote \""},
                                   Lookalike{0x201D, "a curly quote", "a quote \""},
                                   Lookalike{0x201E, "a low quote", "a quote \""},
                                   Lookalike{0x201F, "a curly quote", "a quote \""},
                                   Lookalike{0x00AB, "an angle quote", "a quote \""},
                                   Lookalike{0x00BB, "an angle quote", "a quote \""},
                                   Lookalike{0xFF1A, "a wide colon", "a colon ':'"},
                                   Lookalike{0xFF0C, "a wide comma", "a comma ','"},
                                   Lookalike{0x037E, "a Greek question mark", "a semicolon"}};

/// The code point of a character of UTF-8 text.
char32_t code_point_of(std::string_view character) {
  if (character.size() == 1) {
    return static_cast<unsigned char>(character[0]);
  }
  char32_t value = static_cast<unsigned char>(character[0]) & (0x7FU >> character.size());
  for (const char byte : character.substr(1)) {
    value = (value << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return value;
}

const Lookalike* lookalike_of(std::string_view character) {
  if (character.size() < 2) {
    return nullptr;  // none of them is ASCII
  }
  const char32_t code_point = code_point_of(character);
  for (const Lookalike& lookalike : lookalikes) {
    if (lookalike.code_point == code_point) {
      return &lookalike;
    }
  }
  return nullptr;
}

std::string in_words(const Lookalike& lookalike) {
  return fmt::format("is {}, not {}", lookalike.name, lookalike.meant);
}

}  // namespace

std::optional<std::string> lookalike_in_line(std::string_view line) {
  char open_quote = '\0';
  bool is_behind_space = true;  // where a comment or a quoted scalar may begin
  for (int column = 1; !line.empty(); ++column) {
    const std::size_t length = character_length(line);
    if (length == 0) {
      return std::nullopt;
    }
    const std::string_view character = line.substr(0, length);
    line.remove_prefix(length);
    if (open_quote != '\0') {
      open_quote = character[0] == open_quote ? '\0' : open_quote;
      continue;
    }
    if (is_behind_space && character == "#") {
      return std::nullopt;
    }
    if (is_behind_space && (character == "\"" || character == "'")) {
      open_quote = character[0];
      continue;
    }
    if (const Lookalike* const found = lookalike_of(character)) {
      return fmt::format("U+{:04X} in column {} {}",
                         static_cast<unsigned>(found->code_point),
                         column,
                         in_words(*found));
    }
    is_behind_space = character == " " || character == "\t" || character == "[" ||
                      character == "{" || character == ",";
  }
  return std::nullopt;
}

std::optional<std::string> lookalike_at_edge(std::string_view scalar) {
  const std::size_t first = character_length(scalar);
  if (first == 0) {
    return std::nullopt;
  }
  std::size_t last = scalar.size() - 1;
  while (last > 0 && (static_cast<unsigned char>(scalar[last]) & 0xC0U) == 0x80U) {
    --last;
  }
  for (const std::string_view character : {scalar.substr(0, first), scalar.substr(last)}) {
    if (const Lookalike* const found = lookalike_of(character)) {
      return fmt::format("U+{:04X} at the {} of the value {}",
                         static_cast<unsigned>(found->code_point),
                         character.data() == scalar.data() ? "start" : "end",
                         in_words(*found));
    }
  }
  return std::nullopt;
}

}  // namespace tarama::config
