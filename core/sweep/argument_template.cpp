// One walk over an argument, for all that is asked of it.
#include "core/sweep/argument_template.hpp"

#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

namespace tarama {

namespace {

constexpr std::size_t longest_parameter_name = 100;

bool is_name_character(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
}

bool is_name_in_braces(std::string_view name) {
  return !name.empty() && name.size() <= longest_parameter_name &&
         std::ranges::all_of(name, is_name_character);
}

/// A piece of an argument: text as it is, or a name in braces.
struct Piece {
  std::string text;
  bool is_name = false;
};

Error lone_brace(std::string_view argument, char brace) {
  return {Errc::invalid_config,
          fmt::format("'{}': a brace encloses the name of a parameter, as in {{lr}}; for a brace "
                      "itself write {}{}",
                      argument.substr(0, 80),
                      brace,
                      brace)};
}

Result<std::vector<Piece>> pieces_of(std::string_view argument) {
  std::vector<Piece> pieces;
  std::string text;
  for (std::size_t at = 0; at < argument.size(); ++at) {
    const char letter = argument[at];
    if (letter != '{' && letter != '}') {
      text += letter;
      continue;
    }
    if (at + 1 < argument.size() && argument[at + 1] == letter) {
      text += letter;
      ++at;
      continue;
    }
    const std::size_t end = letter == '{' ? argument.find('}', at) : std::string_view::npos;
    const std::string_view name =
        end == std::string_view::npos ? "" : argument.substr(at + 1, end - at - 1);
    if (!is_name_in_braces(name)) {
      return lone_brace(argument, letter);
    }
    pieces.push_back({std::move(text)});
    pieces.push_back({std::string(name), true});
    text.clear();
    at = end;
  }
  pieces.push_back({std::move(text)});
  return pieces;
}

/// nullopt: it names what has no value.
std::optional<std::string> filled(const std::vector<Piece>& pieces, const ArgumentValues& values) {
  std::string argument;
  for (const Piece& piece : pieces) {
    const auto value = piece.is_name ? values.find(piece.text) : values.end();
    if (piece.is_name && value == values.end()) {
      return std::nullopt;
    }
    argument += piece.is_name ? value->second : piece.text;
  }
  return argument;
}

/// `{name}` and nothing else.
bool is_one_name(const std::vector<Piece>& pieces) {
  return pieces.size() == 3 && pieces[0].text.empty() && pieces[2].text.empty();
}

bool is_bare_option(std::string_view argument) {
  return argument.starts_with('-') && argument.find_first_of("{}=") == std::string_view::npos;
}

}  // namespace

bool can_name_parameter(std::string_view name) {
  return is_name_in_braces(name) && name != seed_argument && name != run_dir_argument;
}

Result<std::vector<std::string>> names_in_argument(std::string_view argument) {
  Result<std::vector<Piece>> pieces = pieces_of(argument);
  if (!pieces) {
    return pieces.error();
  }
  std::vector<std::string> names;
  for (Piece& piece : *pieces) {
    if (piece.is_name) {
      names.push_back(std::move(piece.text));
    }
  }
  return names;
}

std::vector<std::string> fill_arguments(const std::vector<std::string>& templates,
                                        const ArgumentValues& values) {
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < templates.size(); ++i) {
    const Result<std::vector<Piece>> pieces = pieces_of(templates[i]);
    if (!pieces) {
      arguments.push_back(templates[i]);
      continue;
    }
    if (auto argument = filled(*pieces, values)) {
      arguments.push_back(std::move(*argument));
    } else if (is_one_name(*pieces) && i > 1 && is_bare_option(templates[i - 1])) {
      arguments.pop_back();
    }
  }
  return arguments;
}

Result<ArgumentValues> argument_values(const std::string& params_json) {
  const auto params = nlohmann::json::parse(params_json, nullptr, false);
  if (!params.is_object()) {
    return Error{Errc::corrupt, "the run's parameters are no JSON object"};
  }
  ArgumentValues values;
  for (const auto& [name, value] : params.items()) {
    values[name] = value.is_string()         ? value.get<std::string>()
                   : value.is_number_float() ? text_of(ParameterValue(value.get<double>()))
                                             : value.dump();
  }
  return values;
}

std::string canonical_params(const std::string& params_json) {
  // Its objects have their keys in order, and its numbers in the shortest form that reads back.
  const auto params = nlohmann::json::parse(params_json, nullptr, false);
  return params.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace tarama
