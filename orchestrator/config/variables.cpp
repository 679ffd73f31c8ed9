// Hiding and replacing ${NAME}.
#include "orchestrator/config/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace tarama::config {

namespace {

constexpr char open_brace = '\x01';
constexpr char close_brace = '\x02';

bool may_be_in_name(char character, std::size_t place) {
  const bool is_letter = (character >= 'a' && character <= 'z') ||
                         (character >= 'A' && character <= 'Z') || character == '_';
  return is_letter || (place > 0 && character >= '0' && character <= '9');
}

/// The length of a variable's name at the start of `text`; 0 if there is none.
std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && may_be_in_name(text[length], length)) {
    ++length;
  }
  return length;
}

/// What stands between variables; the end of an escaped $${NAME} is a brace again.
void append_literal(std::string& result, std::string_view literal) {
  for (const char character : literal) {
    result += character == close_brace ? '}' : character;
  }
}

}  // namespace

std::string shield(std::string yaml) {
  for (std::size_t at = yaml.find("${"); at != std::string::npos; at = yaml.find("${", at + 1)) {
    const std::size_t name_end = at + 2 + name_length(std::string_view(yaml).substr(at + 2));
    const bool is_closed = name_end > at + 2 && name_end < yaml.size() && yaml[name_end] == '}';
    const bool is_escaped = at > 0 && yaml[at - 1] == '$';
    if (is_closed || is_escaped) {
      yaml[at + 1] = open_brace;
    }
    if (is_closed) {
      yaml[name_end] = close_brace;
    }
  }
  return yaml;
}

std::string unshield(std::string_view shielded) {
  std::string text(shielded);
  std::ranges::replace(text, open_brace, '{');
  std::ranges::replace(text, close_brace, '}');
  return text;
}

std::variant<ReplacedText, std::string> replace_variables(std::string_view scalar,
                                                          const EnvironmentLookup& environment) {
  ReplacedText result;
  while (!scalar.empty()) {
    const std::size_t dollar = std::min(scalar.find('$'), scalar.size());
    append_literal(result.text, scalar.substr(0, dollar));
    scalar.remove_prefix(dollar);
    if (scalar.starts_with("$$\x01")) {
      result.text += "${";
      scalar.remove_prefix(3);
    } else if (scalar.starts_with("$\x01")) {
      const std::string name(scalar.substr(2, name_length(scalar.substr(2))));
      const std::optional<std::string> value = environment(name);
      if (!value) {
        return fmt::format(
            "the environment variable {} is not set; set it, or write $${{{}}} to mean the "
            "characters themselves",
            name,
            name);
      }
      result.text += *value;
      result.has_variable = true;
      scalar.remove_prefix(std::min(scalar.size(), name.size() + 3));
    } else if (scalar.starts_with("${")) {
      return std::string(
          "after '${' the name of an environment variable and '}' were expected; write $${ to "
          "mean the characters themselves");
    } else if (!scalar.empty()) {
      result.text += '$';
      scalar.remove_prefix(1);
    }
  }
  return result;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace tarama::config
