// See wandb_command.hpp. The macros are those of W&B's agent: `${args}` and its kin where a word is
// nothing else, `${envvar:NAME}` anywhere.
#include "orchestrator/config/wandb_command.hpp"

#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/wandb_value.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tarama::config {

namespace {

struct PlacedWord {
  std::string text;
  Position position;
};

constexpr std::string_view of_environment = "${envvar:";

bool is_macro(const std::string& word) {
  return word.starts_with("${") && word.ends_with("}");
}

Position place_of(const YamlNode& root, const char* key) {
  const YamlEntry* const entry = find_entry(root, key);
  return entry != nullptr ? entry->position : Position{};
}

/// The words of the file, or those that W&B's agent has where there are none.
std::vector<PlacedWord> words_of_command(const YamlNode& root, WandbReport& report) {
  const YamlEntry* const command = find_entry(root, "command");
  std::vector<PlacedWord> words;
  if (command != nullptr && command->value->kind == YamlKind::list) {
    for (const YamlItem& item : command->value->items) {
      const auto value = wandb_value(*item.value, WandbBooleans::as_python);
      if (item.value->kind != YamlKind::scalar || !value) {
        report.refuse(item.position,
                      fmt::format("command: expected words, but found {}", describe(*item.value)));
        continue;
      }
      words.push_back(
          {value->form == WandbForm::boolean ? value->argument : item.value->text, item.position});
    }
  } else if (command != nullptr && command->value->kind != YamlKind::null) {
    report.refuse(command->position,
                  "command: expected a list of words, such as [\"${env}\", \"${interpreter}\", "
                  "\"${program}\", \"${args}\"]; W&B passes anything else over");
  }
  if (words.empty()) {
    for (const char* const word : {"${env}", "${interpreter}", "${program}", "${args}"}) {
      words.push_back({word, place_of(root, command == nullptr ? "program" : "command")});
    }
  }
  return words;
}

class CommandTranslator {
 public:
  CommandTranslator(const YamlNode& root,
                    const std::vector<WandbArgument>& arguments,
                    const WandbStandIn& stand_in,
                    WandbReport& report)
      : root_(root), arguments_(arguments), stand_in_(stand_in), report_(report) {}

  std::string translate() {
    const std::vector<PlacedWord> words = words_of_command(root_, report_);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].text == "${env}") {
        add_env(i + 1 < words.size() ? words[i + 1].text : "");
      } else {
        add(words[i]);
      }
    }
    if (!begins_with_program_) {
      refuse_start(words.front().position);
    }
    warn_of_untold_parameters(words);
    if (!stand_in_.names.empty()) {
      words_.insert(
          words_.begin(),
          {"env", yaml_text(with_braces_doubled("TARAMA_WANDB_NAMES=" + stand_in_.names))});
    }
    return fmt::format("[{}]", fmt::join(words_, ", "));
  }

 private:
  /// What env runs is looked for in PATH anyway; what it sets is not.
  void add_env(const std::string& next) {
    const bool has_more_to_do = next.starts_with('-') || next.find('=') != std::string::npos;
    if (has_more_to_do) {
      push("env");
    }
    if (next.starts_with("CUDA_VISIBLE_DEVICES=")) {
      report_.warn(place_of(root_, "command"),
                   fmt::format("command: {} takes the place of the GPU that the run is given; take "
                               "it out",
                               shown(next)));
    }
  }

  void refuse_start(const Position& position) {
    report_.refuse(position,
                   "command: it names nothing that can be run before its arguments; put "
                   "${interpreter} and ${program} there, or a word");
    begins_with_program_ = true;  // it is said
  }

  void push(const std::string& yaml) {
    words_.push_back(yaml);
    begins_with_program_ = true;
  }

  void add(const PlacedWord& word) {
    if (!is_macro(word.text) || word.text.starts_with(of_environment)) {
      push_literal(word);
    } else if (word.text == "${interpreter}") {
      push("python3");
    } else if (word.text == "${program}") {
      add_program(word.position);
    } else if (word.text.starts_with("${args")) {
      add_arguments(word);
    } else {
      report_.refuse(word.position,
                     fmt::format("command: W&B has no macro {}, and passes nothing in its place; "
                                 "take it out, or write ${{envvar:NAME}} for a variable of the "
                                 "environment",
                                 shown(word.text)));
    }
  }

  void add_program(const Position& position) {
    const std::string program = text_at(root_, "program");
    if (program.empty()) {
      return report_.refuse(position,
                            "command: ${program} is the file's key 'program', which is missing; "
                            "add program: train.py");
    }
    push(yaml_text(with_braces_doubled(program)));
  }

  /// A word with variables of the environment, which are replaced when our file is read.
  void push_literal(const PlacedWord& word) {
    std::string yaml;
    std::string_view rest = word.text;
    bool has_variable = false;
    for (std::size_t at = rest.find(of_environment); at != std::string_view::npos;
         at = rest.find(of_environment)) {
      const std::string_view name =
          rest.substr(at + of_environment.size(),
                      rest.find('}', at) - std::min(rest.size(), at + of_environment.size()));
      const bool is_name =
          !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
          name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
      if (rest.find('}', at) == std::string_view::npos || !is_name) {
        return report_.refuse(word.position,
                              fmt::format("command: {}: behind ${{envvar: W&B expects a name of "
                                          "capital letters, digits and _, and a brace",
                                          shown(word.text)));
      }
      yaml += yaml_escaped(with_braces_doubled(std::string(rest.substr(0, at))));
      yaml += fmt::format("${{{}}}", name);
      rest.remove_prefix(at + of_environment.size() + name.size() + 1);
      has_variable = true;
    }
    push(has_variable
             ? fmt::format("\"{}{}\"", yaml, yaml_escaped(with_braces_doubled(std::string(rest))))
             : yaml_text(with_braces_doubled(word.text)));
  }

  void add_arguments(const PlacedWord& macro) {
    tells_parameters_ = true;
    if (macro.text == "${args_json}" || macro.text == "${args_json_file}") {
      return report_.refuse(macro.position,
                            fmt::format("command: there is no {} here; let the script read the "
                                        "same JSON from the variable TARAMA_PARAMS, and take the "
                                        "macro out",
                                        macro.text));
    }
    const bool is_known = macro.text == "${args}" || macro.text == "${args_no_hyphens}" ||
                          macro.text == "${args_no_equals}" ||
                          macro.text == "${args_no_boolean_flags}";
    if (!is_known) {
      return report_.refuse(macro.position,
                            fmt::format("command: W&B has no macro {}, and passes nothing in its "
                                        "place; did you mean ${{args}}?",
                                        shown(macro.text)));
    }
    if (!begins_with_program_) {
      return refuse_start(macro.position);
    }
    for (const WandbArgument& argument : arguments_) {
      add_argument(argument, macro.text);
    }
  }

  void add_argument(const WandbArgument& argument, std::string_view macro) {
    const std::string name = with_braces_doubled(argument.name);
    const bool drops_flags = macro == "${args_no_boolean_flags}";
    if (macro == "${args_no_equals}") {
      push(yaml_text("--" + name));
      push(yaml_text(argument.place));
    } else if (drops_flags && argument.is_flag) {
      push(yaml_text(fmt::format("{{?{}--{}", argument.place.substr(1), name)));
    } else if (drops_flags && argument.has_flags) {
      report_.refuse(
          argument.position,
          fmt::format("parameters.{}: ${{args_no_boolean_flags}} passes true as --{} and "
                      "other values as --{}=VALUE, which one argument cannot; give it "
                      "values of one kind",
                      shown(argument.name),
                      shown(argument.name),
                      shown(argument.name)));
    } else {
      push(yaml_text(
          fmt::format("{}{}={}", macro == "${args_no_hyphens}" ? "" : "--", name, argument.place)));
    }
  }

  void warn_of_untold_parameters(const std::vector<PlacedWord>& words) {
    if (!tells_parameters_ && !arguments_.empty() && !stand_in_.is_chosen) {
      report_.warn(words.front().position,
                   "command: no ${args} is among its words, so that the script is told its "
                   "parameters by the variable TARAMA_PARAMS alone, a JSON object");
    }
  }

  const YamlNode& root_;
  const std::vector<WandbArgument>& arguments_;
  const WandbStandIn& stand_in_;
  WandbReport& report_;
  std::vector<std::string> words_;
  bool begins_with_program_ = false;
  bool tells_parameters_ = false;
};

}  // namespace

bool names_program(const YamlNode& root) {
  const YamlEntry* const program = find_entry(root, "program");
  if (program != nullptr && program->value->kind != YamlKind::null) {
    return true;
  }
  const YamlEntry* const command = find_entry(root, "command");
  if (command == nullptr || command->value->kind != YamlKind::list) {
    return command != nullptr && command->value->kind != YamlKind::null;
  }
  return !command->value->items.empty();
}

std::string wandb_command(const YamlNode& root,
                          const std::vector<WandbArgument>& arguments,
                          const WandbStandIn& stand_in,
                          WandbReport& report) {
  return CommandTranslator(root, arguments, stand_in, report).translate();
}

std::string with_braces_doubled(const std::string& text) {
  std::string doubled;
  for (const char letter : text) {
    doubled += letter == '{' || letter == '}' ? std::string(2, letter) : std::string(1, letter);
  }
  return doubled;
}

}  // namespace tarama::config
