// See wandb_program.hpp.
#include "orchestrator/config/wandb_program.hpp"

#include "core/sweep/argument_template.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/wandb_axis.hpp"
#include "orchestrator/config/wandb_command.hpp"
#include "orchestrator/config/wandb_file.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

namespace tarama::config {

namespace {

constexpr const char* with_stand_in =
    "The program's wandb is a module of tarama's\n"
    "# (`tarama helper wandb`): wandb.config holds the parameters, what it logs is read here, and\n"
    "# nothing goes to Weights & Biases.\n";
constexpr const char* without_stand_in =
    "The program is told its parameters by its arguments and by\n"
    "# TARAMA_PARAMS; wandb.config holds none of them, unless the script puts them there. Its\n"
    "# numbers are read from lines of JSON that it prints ({\"step\": 1, \"loss\": 0.4}): beside\n"
    "# wandb.log, tarama_report.report says the same (`tarama helper python`).\n";

bool is_letter_of_names(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
}

class ProgramImporter {
 public:
  ProgramImporter(const YamlNode& root, const WandbScript& script, WandbReport& report)
      : root_(root), script_(script), report_(report) {}

  std::string import(const std::string& file) {
    const auto method = wandb_method(root_, report_);
    method_ = method.value_or(WandbMethod::grid);
    for (const YamlEntry& entry : root_.entries) {
      take(entry);
    }
    if (metric_.empty()) {
      take_no_metric();
    }
    const WandbStandIn stand_in = {.is_chosen = has_stand_in(),
                                   .names = has_stand_in() ? names_there() : ""};
    const std::string command = wandb_command(root_, arguments_, stand_in, report_);
    warn_of_wandb();
    std::string yaml = fmt::format(
        "# Made of {}, a sweep file of Weights & Biases, by `tarama import wandb`. It runs in the\n"
        "# folder that this file lies in. {}",
        shown(file),
        has_stand_in() ? with_stand_in : without_stand_in);
    yaml += wandb_name_lines(root_, usual_wandb_name(text_at(root_, "program"), file), report_);
    yaml += wandb_method_lines(root_, method_, levels_, report_);
    yaml += rungs_line();
    yaml += fmt::format("trainer:\n  command: {}\n", command);
    yaml += (has_stand_in() ? "  metrics: wandb\n" : "") + metric_;
    yaml += "parameters:" + (parameters_.empty() ? " {}\n" : "\n" + parameters_) + seeds_;
    return rest_.empty() ? yaml : yaml + "# Without a counterpart:\n" + rest_;
  }

 private:
  [[nodiscard]] bool has_stand_in() const { return !script_.imports_wandb.empty(); }

  void warn_of_wandb() {
    if (has_stand_in()) {
      return report_.warn(
          {},
          fmt::format("{} imports wandb, so that metrics: wandb stands in the file: "
                      "a module of tarama's takes the place of wandb. Its config "
                      "holds the parameters, what it logs comes here, and nothing "
                      "goes to Weights & Biases",
                      shown(script_.imports_wandb)));
    }
    report_.warn(
        {},
        fmt::format("the script is told its parameters by its arguments; wandb.config holds none "
                    "here, unless the script puts them there. {}",
                    script_.is_there ? "It does not import wandb; where something that it uses "
                                       "does, write metrics: wandb below trainer"
                                     : "It was not found beside the file; where it imports wandb, "
                                       "write metrics: wandb below trainer"));
  }

  /// Of parameters whose names have dots or are others here, and of the seed: what they are called
  /// in wandb.config, which else splits names at their dots.
  [[nodiscard]] std::string names_there() const {
    return names_there_.empty()
               ? ""
               : names_there_.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  void note_name(const std::string& name, const std::vector<std::string>& place) {
    std::vector<std::string> usual;
    std::istringstream parts(name);
    for (std::string part; std::getline(parts, part, '.');) {
      usual.push_back(part);
    }
    if (usual != place || name == seed_argument) {
      names_there_[name] = place;
    }
  }

  void take(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    if (entry.key == "metric") {
      take_metric(entry);
    } else if (entry.key == "parameters" && node.kind == YamlKind::map) {
      for (const YamlEntry& parameter : node.entries) {
        take_parameter(parameter);
      }
    } else if (entry.key == "parameters") {
      report_.refuse(entry.position,
                     fmt::format("parameters: expected a map, but found {}", describe(node)));
    } else if (entry.key == "program") {
      check_program_name(entry);
    } else if (entry.key == "early_terminate") {
      early_terminate_ = &node;
    } else if (entry.key != "command" && entry.key != "method" && entry.key != "name" &&
               entry.key != "description" && entry.key != "run_cap") {
      rest_ += wandb_rest_line(entry, report_);
    }
  }

  /// Theirs are at min_iter, min_iter * eta, ..., or at max_iter / eta, max_iter / eta^2, ...
  [[nodiscard]] std::string rungs_line() {
    if (early_terminate_ == nullptr) {
      return "";
    }
    const YamlNode& node = *early_terminate_;
    const double eta = parse_number(text_at(node, "eta")).value_or(3);
    const auto min = parse_number(text_at(node, "min_iter"));
    const auto max = parse_number(text_at(node, "max_iter"));
    const double s = parse_number(text_at(node, "s")).value_or(0);
    const double first = min ? *min : max && s >= 1 ? *max / std::pow(eta, s) : 0;
    const bool is_known = text_at(node, "type") == "hyperband" && eta >= 2 && eta <= 1000 &&
                          eta == std::floor(eta) && first > 0;
    const bool has_seeds = seeds_.find("replicates") != std::string::npos;
    if (!is_known || has_seeds) {
      rest_ += fmt::format("#   early_terminate: {}  # {}\n",
                           flow(node),
                           has_seeds ? "rungs compare one seed of each level"
                                     : "rungs: {eta: 3, min_resource: STEP} would stop runs");
      return "";
    }
    return fmt::format("rungs: {{eta: {}, min_resource: {:.10g}{}}}  # was early_terminate: {}\n",
                       eta,
                       first,
                       max && *max > first ? fmt::format(", max_resource: {:.10g}", *max) : "",
                       flow(node));
  }

  void check_program_name(const YamlEntry& entry) {
    if (entry.value->kind != YamlKind::scalar || entry.value->text.empty()) {
      report_.refuse(entry.position,
                     fmt::format("program: expected the name of a script, but found {}",
                                 describe(*entry.value)));
    }
  }

  void take_no_metric() {
    if (method_ == WandbMethod::bayes) {
      return report_.refuse({},
                            "the key 'metric' is missing, which W&B needs for method: bayes too");
    }
    report_.warn({},
                 "the key 'metric' is missing; loss, minimized, stands in the file: write the name "
                 "of a number that the script reports");
    metric_ = "metric: {name: loss, goal: minimize}  # was not there; needed\n";
  }

  void take_metric(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    const std::string name = text_at(node, "name");
    const std::string goal = text_at(node, "goal");
    if (name.empty()) {
      return report_.refuse(entry.position,
                            "metric: expected a map such as {name: val_loss, goal: minimize}");
    }
    if (goal != "minimize" && goal != "maximize" && find_entry(node, "goal") != nullptr) {
      return report_.refuse(find_entry(node, "goal")->position,
                            "metric.goal: expected minimize or maximize");
    }
    // Theirs is minimize where they say nothing.
    const bool is_best = has_stand_in() && takes_best(script_, name);
    metric_ = fmt::format("metric: {{name: {}, goal: {}{}}}{}\n",
                          yaml_text(name),
                          goal.empty() ? "minimize" : goal,
                          is_best ? ", take: best" : "",
                          is_best ? "  # as the script's define_metric says" : "");
    for (const YamlEntry& other : node.entries) {
      if (other.key != "name" && other.key != "goal") {
        rest_ += fmt::format("#   metric.{}: {}\n", shown(other.key), flow(*other.value));
        report_.warn(other.position,
                     fmt::format("metric.{}: there is no counterpart{}",
                                 shown(other.key),
                                 other.key == "target" ? "; no sweep ends at a target" : ""));
      }
    }
  }

  void take_parameter(const YamlEntry& entry) {
    if (entry.value->kind == YamlKind::map && find_entry(*entry.value, "parameters") != nullptr) {
      if (const auto place = nested(entry, {entry.key})) {
        arguments_.push_back({.name = entry.key, .place = *place, .position = entry.position});
      }
      return;
    }
    const auto axis = axis_of(entry, entry.key);
    if (!axis || (entry.key == seed_argument && take_seed(entry, *axis))) {
      return;
    }
    const std::string place = add_axis(entry, {entry.key}, *axis);
    const auto is_flag = [](const WandbValue& value) { return value.form == WandbForm::boolean; };
    arguments_.push_back(
        {.name = entry.key,
         .place = "{" + place + "}",
         .has_flags = std::ranges::any_of(axis->values, is_flag),
         .is_flag = !axis->values.empty() && std::ranges::all_of(axis->values, is_flag),
         .position = entry.position});
  }

  std::optional<WandbAxis> axis_of(const YamlEntry& entry, const std::string& path) {
    return wandb_axis(entry,
                      "parameters." + shown(path),
                      {.draws_values = method_ != WandbMethod::grid},
                      report_);
  }

  /// Whether it became the sweep's seed, and its replicates.
  bool take_seed(const YamlEntry& entry, const WandbAxis& axis) {
    const auto lines = wandb_seed_lines(axis, method_);
    if (lines) {
      seeds_ = *lines;
      arguments_.push_back({.name = entry.key, .place = "{seed}", .position = entry.position});
      note_name(entry.key, {entry.key});
      levels_ *= static_cast<double>(axis.values.size());
      return true;
    }
    if (method_ == WandbMethod::grid) {
      report_.warn(
          entry.position,
          "parameters.seed: seeds that do not follow one another are a parameter here, and "
          "each is compared as a level of its own; values such as [1, 2, 3] make "
          "replicates");
    }
    return false;
  }

  /// The line of an axis; the name that it has here.
  std::string add_axis(const YamlEntry& entry,
                       const std::vector<std::string>& place,
                       const WandbAxis& axis) {
    const std::string path = fmt::format("{}", fmt::join(place, "."));
    const std::string name = free_name(path);
    note_name(name, place);
    warn_of_texts(entry, path, axis);
    std::string remark = name == path ? "" : "was " + shown(path);
    remark += (remark.empty() || axis.remark.empty() ? "" : "; ") + axis.remark;
    parameters_ += fmt::format(
        "  {}: {}{}\n", yaml_text(name), axis.yaml, remark.empty() ? "" : "  # " + remark);
    if (name != path) {
      report_.warn(entry.position,
                   fmt::format("parameters.{}: here it is called {}; the program's argument keeps "
                               "its name",
                               shown(path),
                               name));
    }
    levels_ *= static_cast<double>(std::max<std::size_t>(axis.values.size(), 1));
    return name;
  }

  /// Texts that wandb.config would have as something else.
  void warn_of_texts(const YamlEntry& entry, const std::string& path, const WandbAxis& axis) {
    const auto is_word = [](const WandbValue& value) {
      return value.form == WandbForm::text &&
             (value.argument == "True" || value.argument == "False" || value.argument == "None");
    };
    if (has_stand_in() && std::ranges::any_of(axis.values, is_word)) {
      report_.warn(entry.position,
                   fmt::format("parameters.{}: texts that Python has as words come as these words "
                               "in wandb.config: True, not 'True'",
                               shown(path)));
    }
  }

  /// The nearest name that a parameter may have here, and that is not taken.
  std::string free_name(const std::string& path) {
    std::string name = path.substr(0, 90);
    std::ranges::replace_if(
        name, [](char letter) { return !is_letter_of_names(letter); }, '_');
    if (name == seed_argument || name == run_dir_argument) {
      name += "_value";
    }
    name = name.empty() ? "_" : name;
    const std::string stem = name;
    for (int i = 2; !names_.insert(name).second; ++i) {
      name = fmt::format("{}_{}", stem, i);
    }
    return name;
  }

  /// A map of parameters, as Python prints it: {'lr': 0.1, 'name': 'adam'}, a template.
  std::optional<std::string> nested(const YamlEntry& entry, const std::vector<std::string>& place) {
    const std::string path = fmt::format("{}", fmt::join(place, "."));
    const YamlNode& inner = *find_entry(*entry.value, "parameters")->value;
    if (entry.value->entries.size() != 1 || inner.kind != YamlKind::map || inner.entries.empty()) {
      report_.refuse(
          entry.position,
          fmt::format("parameters.{}: expected a map of parameters alone below it", shown(path)));
      return std::nullopt;
    }
    std::vector<std::pair<std::string, std::string>> entries;  // sorted, as their server does
    for (const YamlEntry& child : inner.entries) {
      std::vector<std::string> below = place;
      below.push_back(child.key);
      const auto value = nested_value(child, below);
      if (!value) {
        return std::nullopt;
      }
      entries.emplace_back(with_braces_doubled(python_quoted(child.key)), *value);
    }
    std::ranges::sort(entries);
    std::string text;
    for (const auto& [key, value] : entries) {
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, value);
    }
    return "{{" + text + "}}";
  }

  std::optional<std::string> nested_value(const YamlEntry& child,
                                          const std::vector<std::string>& place) {
    const std::string path = fmt::format("{}", fmt::join(place, "."));
    if (child.value->kind == YamlKind::map && find_entry(*child.value, "parameters") != nullptr) {
      return nested(child, place);
    }
    const auto axis = axis_of(child, path);
    if (!axis) {
      return std::nullopt;
    }
    const auto is_text = [](const WandbValue& value) { return value.form == WandbForm::text; };
    const auto is_plain = [](const WandbValue& value) {
      return is_plain_in_quotes(value.argument);
    };
    const bool has_texts = std::ranges::any_of(axis->values, is_text);
    if (has_texts && (!std::ranges::all_of(axis->values, is_text) ||
                      !std::ranges::all_of(axis->values, is_plain))) {
      report_.refuse(
          child.position,
          fmt::format("parameters.{}: within a nested map only texts without quotes and "
                      "backslashes can be passed, or numbers and booleans alone; take it "
                      "out of the map, or give it values of one kind",
                      shown(path)));
      return std::nullopt;
    }
    const std::string value = "{" + add_axis(child, place, *axis) + "}";
    return has_texts ? "'" + value + "'" : value;
  }

  const YamlNode& root_;
  const WandbScript& script_;
  WandbReport& report_;
  WandbMethod method_ = WandbMethod::grid;
  const YamlNode* early_terminate_ = nullptr;
  double levels_ = 1;
  std::string metric_;
  std::vector<WandbArgument> arguments_;
  std::set<std::string> names_;
  nlohmann::json names_there_;
  std::string parameters_;
  std::string seeds_;
  std::string rest_;
};

}  // namespace

std::string import_program(const YamlNode& root,
                           const std::string& name,
                           const WandbScript& script,
                           WandbReport& report) {
  return ProgramImporter(root, script, report).import(name);
}

std::string wandb_program_name(const YamlNode& root) {
  const std::string program = text_at(root, "program");
  const YamlEntry* const command = find_entry(root, "command");
  if (!program.empty() || command == nullptr || command->value->kind != YamlKind::list) {
    return program;
  }
  for (const YamlItem& item : command->value->items) {
    if (item.value->kind == YamlKind::scalar && item.value->text.ends_with(".py")) {
      return item.value->text;
    }
  }
  return "";
}

}  // namespace tarama::config
