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

/// A piece of an argument: text as it is, or a name in braces; `condition`: behind a question mark.
enum class PieceKind { text, name, condition };

struct Piece {
  std::string text;
  PieceKind kind = PieceKind::text;
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
    std::string_view name =
        end == std::string_view::npos ? "" : argument.substr(at + 1, end - at - 1);
    const bool is_condition = name.starts_with('?');
    name.remove_prefix(is_condition ? 1 : 0);
    if (!is_name_in_braces(name)) {
      return lone_brace(argument, letter);
    }
    pieces.push_back({std::move(text)});
    pieces.push_back({std::string(name), is_condition ? PieceKind::condition : PieceKind::name});
    text.clear();
    at = end;
  }
  pieces.push_back({std::move(text)});
  return pieces;
}

bool is_true(std::string_view value) {
  return value == "true" || value == "True";
}

/// nullopt: it names what has no value, or a condition that is not true.
std::optional<std::string> filled(const std::vector<Piece>& pieces, const ArgumentValues& values) {
  std::string argument;
  for (const Piece& piece : pieces) {
    if (piece.kind == PieceKind::text) {
      argument += piece.text;
      continue;
    }
    const auto value = values.find(piece.text);
    if (value == values.end() || (piece.kind == PieceKind::condition && !is_true(value->second))) {
      return std::nullopt;
    }
    argument += piece.kind == PieceKind::name ? value->second : "";
  }
  return argument;
}

/// `{name}` and nothing else.
bool is_one_name(const std::vector<Piece>& pieces) {
  return pieces.size() == 3 && pieces[0].text.empty() && pieces[1].kind == PieceKind::name &&
         pieces[2].text.empty();
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
    if (piece.kind != PieceKind::text) {
      names.push_back(std::move(piece.text));
    }
  }
  return names;
}

std::vector<std::string> conditions_in_argument(std::string_view argument) {
  std::vector<std::string> names;
  if (Result<std::vector<Piece>> pieces = pieces_of(argument)) {
    for (Piece& piece : *pieces) {
      if (piece.kind == PieceKind::condition) {
        names.push_back(std::move(piece.text));
      }
    }
  }
  return names;
}

bool is_condition_value(std::string_view value) {
  return is_true(value) || value == "false" || value == "False";
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
