// See wandb_program.hpp.
#include "orchestrator/config/wandb_program.hpp"

#include "core/sweep/argument_template.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace tarama::config {

namespace {

constexpr std::int64_t runs_without_a_cap = 20;
constexpr std::int64_t most_listed_values = 1000;

std::vector<std::string> words_of_command(const YamlNode& root) {
  const YamlEntry* const command = find_entry(root, "command");
  if (command == nullptr || command->value->kind != YamlKind::list) {
    return {"${env}", "${interpreter}", "${program}", "${args}"};
  }
  std::vector<std::string> words;
  for (const YamlItem& item : command->value->items) {
    words.push_back(item.value->text);
  }
  return words;
}

bool is_macro(const std::string& word) {
  return word.starts_with("${") && word.ends_with("}");
}

/// Braces are for parameters here.
std::string with_braces_doubled(const std::string& word) {
  std::string text;
  for (const char letter : word) {
    text += letter == '{' || letter == '}' ? std::string(2, letter) : std::string(1, letter);
  }
  return text;
}

class ProgramImporter {
 public:
  explicit ProgramImporter(const YamlNode& root) : root_(root) {
    const std::string method = text_at(root, "method");
    draws_values_ = method == "random" || method == "bayes";
  }

  std::string import(const std::string& name) {
    for (const YamlEntry& entry : root_.entries) {
      take(entry);
    }
    std::string yaml = fmt::format(
        "# Made of {}, a sweep file of Weights & Biases, by `tarama import wandb`. It runs in the\n"
        "# folder that this file lies in. Its numbers are read from lines of JSON that it prints\n"
        "# ({{\"step\": 1, \"loss\": 0.4}}): beside wandb.log, tarama_report.report says the same\n"
        "# (`tarama helper python`).\n",
        shown(name));
    yaml += fmt::format("name: {}\n", sweep_name_.empty() ? "imported" : yaml_scalar(sweep_name_));
    yaml += description_ + method_lines() + trainer_lines();
    yaml += metric_.empty() ? "metric: {name: loss, goal: minimize}  # was not there; needed\n"
                            : metric_;
    yaml += "parameters:\n" + parameters_ + replicates_;
    return left_out_.empty() ? yaml : yaml + "# Without a counterpart:\n" + left_out_;
  }

 private:
  void leave_out(const std::string& key, const YamlNode& node, const std::string& why = "") {
    left_out_ +=
        fmt::format("#   {}: {}{}\n", shown(key), flow(node), why.empty() ? "" : "  # " + why);
  }

  void take(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    const bool is_scalar = node.kind == YamlKind::scalar;
    if (entry.key == "name" && is_scalar) {
      sweep_name_ = node.text;
    } else if (entry.key == "description" && is_scalar) {
      description_ = fmt::format("description: {}\n", yaml_scalar(node.text));
    } else if (entry.key == "run_cap" && parse_whole(node.text).value_or(0) > 0) {
      run_cap_ = parse_whole(node.text);
    } else if (entry.key == "metric" && node.kind == YamlKind::map) {
      take_metric(node);
    } else if (entry.key == "parameters" && node.kind == YamlKind::map) {
      for (const YamlEntry& parameter : node.entries) {
        take_parameter(parameter);
      }
    } else if (entry.key == "early_terminate") {
      leave_out(entry.key, node, "every run is trained to its end here");
    } else if (entry.key != "program" && entry.key != "command" && entry.key != "method" &&
               entry.key != "project" && entry.key != "entity") {
      leave_out(entry.key, node);
    }
  }

  void take_metric(const YamlNode& node) {
    const std::string goal = text_at(node, "goal") == "maximize" ? "maximize" : "minimize";
    YamlNode target;
    target.kind = YamlKind::scalar;
    target.text = text_at(node, "target");
    metric_ =
        fmt::format("metric: {{name: {}, goal: {}}}\n", yaml_scalar(text_at(node, "name")), goal);
    if (!target.text.empty()) {
      leave_out("metric.target", target);
    }
  }

  void take_parameter(const YamlEntry& entry) {
    const std::string key = "parameters." + entry.key;
    if (entry.value->kind != YamlKind::map) {
      return leave_out(key, *entry.value);
    }
    if (entry.key == "seed") {
      return take_seeds(entry);
    }
    if (!can_name_parameter(entry.key)) {
      return leave_out(key, *entry.value, "it cannot be called so here");
    }
    const std::string axis = axis_of(*entry.value);
    if (axis.empty()) {
      return leave_out(key, *entry.value, "give the values themselves");
    }
    names_.push_back(entry.key);
    parameters_ += fmt::format("  {}: {}\n", entry.key, axis);
  }

  void take_seeds(const YamlEntry& entry) {
    const YamlEntry* const values = find_entry(*entry.value, "values");
    const bool is_list = values != nullptr && values->value->kind == YamlKind::list;
    has_seed_ = true;
    replicates_ =
        fmt::format("replicates: {}  # was seed: {}; replicates have the seeds 1, 2, ...\n",
                    is_list ? values->value->items.size() : 1,
                    flow(*entry.value));
  }

  [[nodiscard]] std::string axis_of(const YamlNode& node) const {
    for (const char* const key : {"values", "value"}) {
      if (const YamlEntry* const entry = find_entry(node, key)) {
        const auto is_scalar = [](const YamlItem& item) {
          return item.value->kind == YamlKind::scalar;
        };
        const bool is_plain = entry->value->kind == YamlKind::scalar ||
                              (entry->value->kind == YamlKind::list &&
                               std::ranges::all_of(entry->value->items, is_scalar));
        return is_plain ? fmt::format("{{{}: {}}}", key, flow(*entry->value)) : "";
      }
    }
    return draws_values_ ? drawn_axis_of(node) : listed_axis_of(node);
  }

  static bool is_whole_by_habit(const YamlNode& node) {
    const std::string distribution = text_at(node, "distribution");
    return distribution == "int_uniform" ||
           (distribution.empty() && shape_of(text_at(node, "min")) == ScalarShape::whole &&
            shape_of(text_at(node, "max")) == ScalarShape::whole);
  }

  /// Of a grid: every whole number, or every multiple of q, as theirs goes through them.
  static std::string listed_axis_of(const YamlNode& node) {
    const auto min = parse_number(text_at(node, "min"));
    const auto max = parse_number(text_at(node, "max"));
    const auto q = is_whole_by_habit(node) ? std::optional(1.0) : parse_number(text_at(node, "q"));
    if (!min || !max || !q || *q <= 0 ||
        (*max - *min) / *q > static_cast<double>(most_listed_values)) {
      return "";
    }
    std::vector<std::string> values;
    for (double i = std::ceil(*min / *q - 1e-9); i * *q <= *max + *q * 1e-9; ++i) {
      values.push_back(fmt::format("{:.10g}", i * *q));
    }
    return values.empty() ? "" : fmt::format("{{values: [{}]}}", fmt::join(values, ", "));
  }

  static std::string drawn_axis_of(const YamlNode& node) {
    const std::string distribution = text_at(node, "distribution");
    const auto mu = parse_number(text_at(node, "mu"));
    const auto sigma = parse_number(text_at(node, "sigma"));
    const auto q = parse_number(text_at(node, "q"));
    const std::string multiples = is_whole_by_habit(node) ? ", q: 1"
                                  : distribution.starts_with("q_") && q && *q > 0
                                      ? fmt::format(", q: {}", *q)
                                      : "";
    if ((distribution == "normal" || distribution == "q_normal") && mu && sigma && *sigma > 0) {
      // Theirs has no bounds.
      return fmt::format("{{min: {:.6g}, max: {:.6g}, distribution: normal, mu: {}, sigma: {}{}}}",
                         *mu - 3 * *sigma,
                         *mu + 3 * *sigma,
                         *mu,
                         *sigma,
                         multiples);
    }
    const auto min = parse_number(text_at(node, "min"));
    const auto max = parse_number(text_at(node, "max"));
    const bool is_log = distribution.find("log_uniform") != std::string::npos;
    const bool is_even = distribution.empty() || distribution == "uniform" ||
                         distribution == "q_uniform" || distribution == "int_uniform";
    if (!min || !max || !(*min < *max) || (!is_log && !is_even)) {
      return "";
    }
    const bool are_exponents = is_log && distribution.find("values") == std::string::npos;
    return fmt::format("{{min: {}, max: {}{}{}}}",
                       are_exponents ? std::exp(*min) : *min,
                       are_exponents ? std::exp(*max) : *max,
                       is_log ? ", distribution: log_uniform" : "",
                       multiples);
  }

  [[nodiscard]] std::string method_lines() const {
    if (!draws_values_) {
      return "";
    }
    return fmt::format("method: {}\nmax_runs: {}{}\n",
                       text_at(root_, "method") == "random"
                           ? "random"
                           : "sobol  # was bayes, which learns from the runs; this fills the space",
                       run_cap_.value_or(runs_without_a_cap),
                       run_cap_ ? "  # was run_cap" : "  # there was no run_cap");
  }

  [[nodiscard]] std::string trainer_lines() {
    std::vector<std::string> words;
    std::string script;
    for (const std::string& word : words_of_command(root_)) {
      add_word(word, words, script);
    }
    std::string lines = fmt::format("trainer:\n  command: [{}]\n", fmt::join(words, ", "));
    return script.empty() ? lines : lines + fmt::format("  inputs: {}\n", script);
  }

  void add_word(const std::string& word, std::vector<std::string>& words, std::string& script) {
    const std::string program = text_at(root_, "program");
    constexpr std::string_view of_environment = "${envvar:";
    if (word == "${env}") {
      return;  // what it runs is looked for in PATH anyway
    }
    if (word == "${interpreter}") {
      words.emplace_back("python3");
    } else if (word == "${program}") {
      words.push_back(yaml_scalar(with_braces_doubled(program)));
      script = yaml_scalar(program);
    } else if (word.starts_with("${args_json")) {
      left_out_ += "#   command: ${args_json}  # TARAMA_PARAMS in the environment holds the same\n";
    } else if (word.starts_with("${args")) {
      const bool has_hyphens = word != "${args_no_hyphens}";
      for (const std::string& name : names_) {
        words.push_back(fmt::format("\"{}{}={{{}}}\"", has_hyphens ? "--" : "", name, name));
      }
      if (has_seed_) {
        words.push_back(has_hyphens ? "\"--seed={seed}\"" : "\"seed={seed}\"");
      }
    } else if (word.starts_with(of_environment)) {
      words.push_back(fmt::format("\"${{{}\"", word.substr(of_environment.size())));
    } else if (!is_macro(word)) {
      words.push_back(yaml_scalar(with_braces_doubled(word)));
    }
  }

  const YamlNode& root_;
  bool draws_values_ = false;
  std::string sweep_name_;
  std::string description_;
  std::optional<std::int64_t> run_cap_;
  std::string metric_;
  std::vector<std::string> names_;
  bool has_seed_ = false;
  std::string parameters_;
  std::string replicates_;
  std::string left_out_;
};

}  // namespace

bool names_program(const YamlNode& root) {
  if (!text_at(root, "program").empty()) {
    return true;
  }
  const YamlEntry* const command = find_entry(root, "command");
  const auto is_word = [](const YamlItem& item) {
    return item.value->kind == YamlKind::scalar && !is_macro(item.value->text);
  };
  return command != nullptr && command->value->kind == YamlKind::list &&
         std::ranges::any_of(command->value->items, is_word);
}

std::string import_program(const YamlNode& root, const std::string& name) {
  return ProgramImporter(root).import(name);
}

}  // namespace tarama::config
