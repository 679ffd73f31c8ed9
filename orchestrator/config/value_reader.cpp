// One value against its rule, by kind.
#include "orchestrator/config/value_reader.hpp"

#include "orchestrator/config/foreign_words.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/source_text.hpp"
#include "orchestrator/config/unknown_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace tarama::config {

namespace {

// Longer names make every table unreadable and may not fit into a file name.
constexpr std::size_t longest_name = 200;

using Value = std::optional<ParameterValue>;

bool is_plain(const YamlNode& node) {
  return node.kind == YamlKind::scalar && node.style != ScalarStyle::quoted;
}

/// The text of a scalar that is meant as text: 3 and true are not, "3" is.
std::optional<std::string> text_in(const YamlNode& node) {
  if (node.kind != YamlKind::scalar) {
    return std::nullopt;
  }
  const bool is_text = node.style != ScalarStyle::plain || shape_of(node.text) == ScalarShape::text;
  return is_text ? std::optional(node.text) : std::nullopt;
}

bool is_control_character(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  const bool is_c1 = first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
  const bool ends_line = character == "\u2028" || character == "\u2029";
  return first < 0x20 || first == 0x7f || is_c1 || ends_line;
}

bool is_name(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos || text.size() > longest_name) {
    return false;
  }
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0 || text[0] == '/' || is_control_character(text.substr(0, length))) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A word that means another sweep wherever a command takes SWEEP.
bool is_taken_word(std::string_view text) {
  return text == "last" || is_all_digits(text);
}

Value name_in(const YamlNode& node) {
  const auto text = text_in(node);
  return text && is_name(*text) && !is_taken_word(*text) ? Value(*text) : std::nullopt;
}

Value any_text_in(const YamlNode& node) {
  const auto text = text_in(node);
  return text ? Value(*text) : std::nullopt;
}

Value whole_in(const KeyRule& rule, const YamlNode& node) {
  const auto whole = is_plain(node) ? parse_whole(node.text) : std::nullopt;
  return whole && *whole >= rule.lowest && *whole <= rule.highest ? Value(*whole) : std::nullopt;
}

bool is_in_range(NumberRange range, double number) {
  switch (range) {
    case NumberRange::any:
      return true;
    case NumberRange::positive:
      return number > 0;
    case NumberRange::not_negative:
      return number >= 0;
    case NumberRange::share:
      return number >= 0 && number < 1;
  }
  return false;
}

Value number_in(NumberRange range, const YamlNode& node) {
  const auto number = is_plain(node) ? parse_number(node.text) : std::nullopt;
  // + 0.0 makes a 0 of -0, which would be another value to whoever compares bits.
  return number && is_in_range(range, *number) ? Value(*number + 0.0) : std::nullopt;
}

Value flag_in(const YamlNode& node) {
  const auto flag = is_plain(node) ? parse_boolean(node.text) : std::nullopt;
  return flag ? Value(*flag) : std::nullopt;
}

Value choice_in(const KeyRule& rule, const YamlNode& node) {
  const bool is_known = node.kind == YamlKind::scalar &&
                        std::ranges::find(rule.choices, node.text) != rule.choices.end();
  return is_known ? Value(node.text) : std::nullopt;
}

/// A path in words that only a shell expands.
bool needs_a_shell(std::string_view text) {
  return text.starts_with("~") || text.starts_with("$HOME");
}

Value path_in(const YamlNode& node, const std::filesystem::path& folder) {
  const auto text = text_in(node);
  if (!text || text->empty() || needs_a_shell(*text)) {
    return std::nullopt;
  }
  const std::filesystem::path path = (folder / *text).lexically_normal();
  // "models/x/" and "models/x" are the same folder and must be the same value.
  return (path.has_filename() ? path : path.parent_path()).string();
}

Value data_file_in(const YamlNode& node, const std::filesystem::path& folder) {
  constexpr std::array endings = {".tsv", ".csv", ".jsonl"};
  const Value path = path_in(node, folder);
  if (!path) {
    return std::nullopt;
  }
  std::filesystem::path name = std::get<std::string>(*path);
  if (name.extension() == ".gz") {
    name = name.stem();
  }
  const std::string ending = name.extension();
  return std::ranges::find(endings, ending) != endings.end() ? path : std::nullopt;
}

Value file_or_share_in(const YamlNode& node, const std::filesystem::path& folder) {
  const Value share = number_in(NumberRange::share, node);
  if (share) {
    return std::get<double>(*share) > 0 ? share : std::nullopt;
  }
  return data_file_in(node, folder);
}

Value vocab_in(const YamlNode& node, const std::filesystem::path& folder) {
  const bool is_auto = node.kind == YamlKind::scalar && node.text == "auto";
  return is_auto ? Value(node.text) : path_in(node, folder);
}

Value column_in(const YamlNode& node) {
  if (is_plain(node) && shape_of(node.text) == ScalarShape::whole) {
    const auto index = parse_whole(node.text);
    return index && *index >= 0 ? Value(*index) : std::nullopt;
  }
  const auto name = text_in(node);
  return name && !name->empty() ? Value(*name) : std::nullopt;
}

Value duration_in(const YamlNode& node) {
  const auto text = text_in(node);
  if (!text) {
    return std::nullopt;
  }
  if (*text == "none") {
    return Value(*text);
  }
  const auto duration = parse_duration(*text);
  return duration ? Value(std::int64_t{duration->count()}) : std::nullopt;
}

Value memory_in(const YamlNode& node) {
  const auto text = text_in(node);
  if (!text || *text == "none") {
    return text ? Value(*text) : std::nullopt;
  }
  const auto bytes = parse_memory(*text);
  return bytes ? Value(*bytes) : std::nullopt;
}

Value auto_or_whole_in(const KeyRule& rule, const YamlNode& node) {
  const bool is_auto = node.kind == YamlKind::scalar && node.text == "auto";
  return is_auto ? Value(node.text) : whole_in(rule, node);
}

/// Any name that fits on a line; unlike that of a sweep, also `last`, digits, and slashes.
Value metric_in(const YamlNode& node) {
  const auto text = text_in(node);
  std::string without_slashes = text.value_or("");
  std::ranges::replace(without_slashes, '/', '-');
  return text && is_name(without_slashes) ? Value(*text) : std::nullopt;
}

/// 1.0 is 1: to a program both are written alike.
Value anything_in(const YamlNode& node) {
  if (node.kind != YamlKind::scalar) {
    return std::nullopt;
  }
  if (node.style == ScalarStyle::quoted) {
    return Value(node.text);
  }
  constexpr double exact = 9007199254740992.0;  // 2^53
  switch (shape_of(node.text)) {
    case ScalarShape::whole:
      if (const auto whole = parse_whole(node.text)) {
        return Value(*whole);
      }
      [[fallthrough]];
    case ScalarShape::number:
      if (const auto number = parse_number(node.text)) {
        const bool is_whole = std::abs(*number) < exact && *number == std::floor(*number);
        return is_whole ? Value(static_cast<std::int64_t>(*number)) : Value(*number);
      }
      return std::nullopt;
    case ScalarShape::boolean: {
      const auto flag = parse_boolean(node.text);
      return flag ? Value(*flag) : std::nullopt;
    }
    case ScalarShape::text:
      break;
  }
  return Value(node.text);
}

Value value_in(const KeyRule& rule, const YamlNode& node, const std::filesystem::path& folder) {
  switch (rule.kind) {
    case ValueKind::name:
      return name_in(node);
    case ValueKind::text:
      return any_text_in(node);
    case ValueKind::whole:
    case ValueKind::whole_or_map:
      return whole_in(rule, node);
    case ValueKind::auto_or_whole:
      return auto_or_whole_in(rule, node);
    case ValueKind::number:
      return number_in(rule.range, node);
    case ValueKind::flag:
      return flag_in(node);
    case ValueKind::choice:
      return choice_in(rule, node);
    case ValueKind::data_file:
    case ValueKind::data_files:
      return data_file_in(node, folder);
    case ValueKind::file_or_share:
      return file_or_share_in(node, folder);
    case ValueKind::model_folder:
      return path_in(node, folder);
    case ValueKind::vocab:
      return vocab_in(node, folder);
    case ValueKind::column:
      return column_in(node);
    case ValueKind::duration:
      return duration_in(node);
    case ValueKind::memory:
      return memory_in(node);
    case ValueKind::metric:
      return metric_in(node);
    case ValueKind::anything:
      return anything_in(node);
    case ValueKind::map:
    case ValueKind::parameters:
    case ValueKind::devices:
    case ValueKind::arguments:
    case ValueKind::paths:
    case ValueKind::log_rules:
    case ValueKind::stop_rules:
      break;
  }
  return std::nullopt;
}

bool is_path_kind(ValueKind kind) {
  return kind == ValueKind::data_file || kind == ValueKind::data_files ||
         kind == ValueKind::file_or_share || kind == ValueKind::model_folder ||
         kind == ValueKind::vocab;
}

/// What to do with data of a form that is not read.
std::string hint_at_form(std::string_view path) {
  if (path.ends_with(".parquet")) {
    return "; convert it with: python3 -c \"import sys, pandas; "
           "pandas.read_parquet(sys.argv[1]).to_csv(sys.argv[2], index=False)\" FILE.parquet "
           "FILE.csv";
  }
  if (path.ends_with(".json")) {
    return "; a .jsonl holds an object a line: jq -c '.[]' FILE.json > FILE.jsonl";
  }
  if (path.ends_with(".xlsx") || path.ends_with(".xls")) {
    return "; save it as CSV";
  }
  return "";
}

std::string hint_at(const KeyRule& rule, const YamlNode& node) {
  if (is_path_kind(rule.kind) && needs_a_shell(node.text)) {
    const std::size_t rest = std::min(node.text.find('/'), node.text.size());
    return fmt::format("; write ${{HOME}}{}", node.text.substr(rest));
  }
  if (rule.kind == ValueKind::duration) {
    const auto meant = foreign_duration(node.text);
    return meant ? fmt::format("; write {}", *meant) : "";
  }
  if (const auto words = words_for_foreign_value(rule.key, node.text)) {
    return "; " + *words;
  }
  if (is_path_kind(rule.kind) && !hint_at_form(node.text).empty()) {
    return hint_at_form(node.text);
  }
  return did_you_mean(node.text, rule.choices);
}

}  // namespace

std::string mismatch(const KeyRule& rule, const YamlNode& node) {
  const bool wants_text = rule.kind == ValueKind::name || rule.kind == ValueKind::text ||
                          rule.kind == ValueKind::metric;
  std::string hint;
  if (rule.kind == ValueKind::name && node.kind == YamlKind::scalar && is_taken_word(node.text)) {
    return fmt::format("'{0}' cannot name a sweep: commands read {1}; write {2}{0}, say",
                       node.text,
                       node.text == "last" ? "it as the newest sweep" : "digits as a sweep's id",
                       node.text == "last" ? "the-" : "sweep-");
  }
  if (node.kind == YamlKind::scalar) {
    const bool is_unquoted = is_plain(node) && shape_of(node.text) != ScalarShape::text;
    hint = wants_text && is_unquoted ? fmt::format("; write \"{}\" to mean text", node.text)
                                     : hint_at(rule, node);
  }
  return fmt::format("expected {}, but found {}{}", expected_by(rule), describe(node), hint);
}

bool is_device(std::string_view text) {
  if (text == "cpu") {
    return true;
  }
  constexpr std::string_view cuda = "cuda:";
  if (!text.starts_with(cuda)) {
    return false;
  }
  // 4 digits: more GPUs than any machine has, and no overflow.
  const auto is_number = [](std::string_view number) {
    return number.size() <= 4 && number.find_first_of("+-") != 0 && parse_whole(number).has_value();
  };
  const std::string_view number = text.substr(cuda.size());
  const std::size_t point = std::min(number.find('.'), number.size());
  return is_number(number.substr(0, point)) &&
         (point == number.size() || is_number(number.substr(point + 1)));
}

Result<ParameterValue> read_value(const KeyRule& rule,
                                  const YamlNode& node,
                                  const std::filesystem::path& folder) {
  const Value value = value_in(rule, node, folder);
  if (!value) {
    return Error{Errc::invalid_config, mismatch(rule, node)};
  }
  return *value;
}

}  // namespace tarama::config
