// Look-ups in the table of keys, and its ranges in words.
#include "orchestrator/config/key_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tarama::config {

namespace {

std::string expected_whole(const KeyRule& rule) {
  return rule.highest == no_limit
             ? fmt::format("a whole number, at least {}", rule.lowest)
             : fmt::format("a whole number from {} to {}", rule.lowest, rule.highest);
}

std::string expected_number(NumberRange range) {
  switch (range) {
    case NumberRange::any:
      return "a number";
    case NumberRange::positive:
      return "a number above 0";
    case NumberRange::not_negative:
      return "a number, at least 0";
    case NumberRange::share:
      return "a number, at least 0 and below 1";
  }
  return "";
}

}  // namespace

const KeyRule* find_rule(std::string_view key) {
  const auto& rules = key_rules();
  const auto found = std::find_if(
      rules.begin(), rules.end(), [&](const KeyRule& rule) { return rule.key == key; });
  return found == rules.end() ? nullptr : &*found;
}

const KeyRule* find_axis_rule(std::string_view name) {
  const auto& rules = key_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const KeyRule& rule) {
    return rule.sweeping != Sweeping::never && bare_name(rule.key) == name;
  });
  return found == rules.end() ? nullptr : &*found;
}

std::vector<std::string> names_in_section(std::string_view section) {
  std::vector<std::string> names;
  for (const KeyRule& rule : key_rules()) {
    const bool is_axis = section == "parameters" && rule.sweeping == Sweeping::possible;
    if (section_of(rule.key) == section || is_axis) {
      names.push_back(bare_name(rule.key));
    }
  }
  return names;
}

std::string expected_by(const KeyRule& rule) {
  switch (rule.kind) {
    case ValueKind::map:
      return fmt::format("a map with keys of {}", fmt::join(names_in_section(rule.key), ", "));
    case ValueKind::parameters:
      return "a map of the parameters to sweep: at least lr, warmup and epochs";
    case ValueKind::name:
      return "text on one line, without '/'";
    case ValueKind::text:
      return "text";
    case ValueKind::whole:
    case ValueKind::whole_or_map:
      return expected_whole(rule);
    case ValueKind::auto_or_whole:
      return "auto, or " + expected_whole(rule);
    case ValueKind::number:
      return expected_number(rule.range);
    case ValueKind::flag:
      return "true or false";
    case ValueKind::choice:
      return rule.choices.size() == 1 ? rule.choices.front()
                                      : fmt::format("one of {}", fmt::join(rule.choices, ", "));
    case ValueKind::data_file:
      return "the path of a .tsv, .csv or .jsonl file";
    case ValueKind::data_files:
      return "the path of a .tsv, .csv or .jsonl file, or a list of them";
    case ValueKind::file_or_share:
      return "the path of a .tsv, .csv or .jsonl file, or a share of the training data above 0 and "
             "below 1";
    case ValueKind::model_folder:
      return "the path of a Hugging Face folder";
    case ValueKind::vocab:
      return "auto, or the path of a vocab.txt";
    case ValueKind::column:
      return "a column: its index from 0, or its name";
    case ValueKind::duration:
      return "a duration such as 90s, 30m, 12h or 1h30m, or none";
    case ValueKind::memory:
      return "an amount of memory such as 8G, 512M or 1.5GiB, or none";
    case ValueKind::devices:
      return "auto, cpu, or a list such as [cuda:0, cuda:1]";
    case ValueKind::arguments:
      return "a list of the program and its arguments, such as [python, train.py, --lr, \"{lr}\"]";
    case ValueKind::paths:
      return "the path of a file or folder, or a list of them";
    case ValueKind::log_rules:
      return "a list such as [{pattern: \"CUDA out of memory\", class: out_of_memory}]";
    case ValueKind::stop_rules:
      return "a list such as [{metric: eval.loss, above: 10, after: 100}]";
    case ValueKind::metric:
      return "the name of a number that the program reports";
    case ValueKind::anything:
      return "a number, true or false, or text";
  }
  return "";
}

std::string section_of(std::string_view key) {
  const auto dot = key.rfind('.');
  return std::string(key.substr(0, dot == std::string_view::npos ? 0 : dot));
}

std::string bare_name(std::string_view key) {
  return std::string(key.substr(key.rfind('.') + 1));
}

const std::vector<std::string>& names_in_axis() {
  static const std::vector<std::string> names = {
      "values", "value", "min", "max", "count", "distribution", "mu", "sigma", "q", "when"};
  return names;
}

}  // namespace tarama::config
