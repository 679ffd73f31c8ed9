// See wandb_value.hpp.
#include "orchestrator/config/wandb_value.hpp"

#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <regex>
#include <utility>
#include <vector>

namespace tarama::config {

namespace {

/// yes, No, ON: YAML 1.1's words, in the three cases that Python reads.
std::optional<bool> python_boolean(const std::string& text) {
  constexpr std::array words = {std::pair{"yes", true},
                                std::pair{"Yes", true},
                                std::pair{"YES", true},
                                std::pair{"on", true},
                                std::pair{"On", true},
                                std::pair{"ON", true},
                                std::pair{"no", false},
                                std::pair{"No", false},
                                std::pair{"NO", false},
                                std::pair{"off", false},
                                std::pair{"Off", false},
                                std::pair{"OFF", false}};
  for (const auto& [word, value] : words) {
    if (text == word) {
      return value;
    }
  }
  return parse_boolean(text);
}

/// Plain text that is a number to Python's YAML alone: 1_000, 0x10, 010, 1:30, .inf.
bool is_number_of_python_alone(const std::string& text) {
  constexpr std::size_t longest = 40;  // far longer than any number, and short for the matcher
  static const std::regex number(
      "[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9]*_[0-9_]*|"
      "[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?|[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+][0-9]+)?|"
      "[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  return text.size() <= longest && std::regex_match(text, number);
}

std::string without_plus_sign(const std::string& text) {
  return text.starts_with('+') ? text.substr(1) : text;
}

/// In the form in which an axis's number comes to a program.
std::string number_argument(const std::string& text) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  const double number = parse_number(text).value_or(0);
  const bool is_whole = std::abs(number) < exact && number == std::floor(number);
  return is_whole ? fmt::format("{}", static_cast<std::int64_t>(number))
                  : fmt::format("{}", number);
}

WandbValue text_value(const std::string& text) {
  return {.form = WandbForm::text, .yaml = yaml_text(text), .argument = text};
}

Result<WandbValue> scalar_value(const YamlNode& node, WandbBooleans booleans) {
  const std::string& text = node.text;
  if (node.style == ScalarStyle::quoted) {
    return text_value(text);
  }
  if (const auto flag = python_boolean(text)) {
    const std::string word = *flag ? "True" : "False";
    const std::string ours = *flag ? "true" : "false";
    return WandbValue{.form = WandbForm::boolean,
                      .yaml = booleans == WandbBooleans::as_python ? yaml_text(word) : ours,
                      .argument = word};
  }
  const ScalarShape shape = shape_of(text);
  if (shape == ScalarShape::whole && !parse_whole(text)) {
    return text_value(without_plus_sign(text));  // more digits than a number of ours has
  }
  if (shape == ScalarShape::whole || shape == ScalarShape::number) {
    if (!parse_number(text)) {
      return Error{Errc::invalid_config,
                   fmt::format("{} is too large or too small for a number; put it into quotes to "
                               "pass it as text",
                               shown(text))};
    }
    const std::string argument = shape == ScalarShape::whole
                                     ? fmt::format("{}", parse_whole(text).value_or(0))
                                     : number_argument(text);
    return WandbValue{
        .form = WandbForm::number,
        .yaml = without_plus_sign(text),
        .argument = argument,
        .loses_point = shape == ScalarShape::number && shape_of(argument) == ScalarShape::whole};
  }
  if (is_number_of_python_alone(text)) {
    return Error{Errc::invalid_config,
                 fmt::format("{} is another number to Python than it looks; write the number that "
                             "is meant in decimal, or put it into quotes to pass it as text",
                             shown(text))};
  }
  return text_value(text);
}

Result<std::string> printed_by_python(const YamlNode& node);

Result<std::string> printed_map(const YamlNode& node) {
  // W&B's server hands maps on with their keys sorted.
  std::vector<std::pair<std::string, std::string>> entries;
  for (const YamlEntry& entry : node.entries) {
    Result<std::string> value = printed_by_python(*entry.value);
    if (!value) {
      return value.error();
    }
    entries.emplace_back(python_quoted(entry.key), std::move(*value));
  }
  std::ranges::sort(entries);
  std::string text;
  for (const auto& [key, value] : entries) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, value);
  }
  return "{" + text + "}";
}

Result<std::string> printed_by_python(const YamlNode& node) {
  if (node.kind == YamlKind::null) {
    return std::string("None");
  }
  if (node.kind == YamlKind::map) {
    return printed_map(node);
  }
  if (node.kind == YamlKind::list) {
    std::string text;
    for (const YamlItem& item : node.items) {
      const Result<std::string> value = printed_by_python(*item.value);
      if (!value) {
        return value.error();
      }
      text += (text.empty() ? "" : ", ") + *value;
    }
    return "[" + text + "]";
  }
  const Result<WandbValue> value = scalar_value(node, WandbBooleans::as_python);
  if (!value) {
    return value.error();
  }
  return value->form == WandbForm::text ? python_quoted(value->argument) : value->argument;
}

bool is_control(char letter) {
  return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
}

}  // namespace

Result<WandbValue> wandb_value(const YamlNode& node, WandbBooleans booleans) {
  if (node.kind == YamlKind::null) {
    return Error{Errc::invalid_config,
                 "null is no value that W&B's agent would pass; write the text that the program is "
                 "to get, such as \"None\", or leave it out"};
  }
  if (node.kind == YamlKind::scalar) {
    return scalar_value(node, booleans);
  }
  const Result<std::string> text = printed_by_python(node);
  if (!text) {
    return text.error();
  }
  return WandbValue{.form = WandbForm::literal, .yaml = yaml_text(*text), .argument = *text};
}

std::string python_quoted(const std::string& text) {
  const bool has_single = text.find('\'') != std::string::npos;
  const char quote = has_single && text.find('"') == std::string::npos ? '"' : '\'';
  std::string quoted(1, quote);
  for (const char letter : text) {
    if (letter == quote || letter == '\\') {
      quoted += std::string("\\") + letter;
    } else if (letter == '\n' || letter == '\t' || letter == '\r') {
      quoted += letter == '\n' ? "\\n" : letter == '\t' ? "\\t" : "\\r";
    } else if (is_control(letter)) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    } else {
      quoted += letter;
    }
  }
  return quoted + quote;
}

bool is_plain_in_quotes(const std::string& text) {
  return std::ranges::none_of(
      text, [](char letter) { return letter == '\'' || letter == '\\' || is_control(letter); });
}

}  // namespace tarama::config
