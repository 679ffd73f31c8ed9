// See wandb_import.hpp.
#include "orchestrator/config/wandb_import.hpp"

#include "orchestrator/config/foreign_words.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/wandb_program.hpp"
#include "orchestrator/config/wandb_words.hpp"
#include "orchestrator/config/yaml_node.hpp"
#include "orchestrator/config/yaml_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tarama::config {

namespace {

constexpr std::size_t longest_wandb_file = 1'048'576;
constexpr std::int64_t usual_count = 5;  // of points where only min and max are given
constexpr std::int64_t most_whole_points = 10;
constexpr std::int64_t usual_runs = 20;  // of a sampled sweep without a run_cap

/// Our names of parameters that theirs have by habit.
const std::map<std::string, std::string, std::less<>>& parameter_names() {
  static const std::map<std::string, std::string, std::less<>> names = {
      {"learning_rate", "lr"},
      {"num_train_epochs", "epochs"},
      {"num_epochs", "epochs"},
      {"max_epochs", "epochs"},
      {"n_epochs", "epochs"},
      {"warmup_ratio", "warmup"},
      {"warmup_proportion", "warmup"},
      {"per_device_train_batch_size", "batch_size"},
      {"per_gpu_train_batch_size", "batch_size"},
      {"train_batch_size", "batch_size"},
      {"hidden_dropout_prob", "dropout"},
      {"gradient_clip_val", "max_grad_norm"},
      {"lr_scheduler_type", "schedule"}};
  return names;
}

/// The lines of the file that is made, by their places in it.
class Importer {
 public:
  explicit Importer(const std::string& name) : name_(name) {}

  std::string import(const YamlNode& root) {
    const std::string method = text_at(root, "method");
    draws_values_ = method == "random" || method == "bayes";
    for (const YamlEntry& entry : root.entries) {
      take_top(entry);
    }
    if (draws_values_ && max_runs_.empty()) {
      max_runs_ = fmt::format("max_runs: {}  # there was no run_cap\n", usual_runs);
    }
    std::string yaml =
        fmt::format("# Made of {}, a sweep file of Weights & Biases, by `tarama import wandb`.\n",
                    shown(name_));
    yaml += fmt::format("name: {}\n", sweep_name_.empty() ? "imported" : yaml_scalar(sweep_name_));
    yaml += method_ + max_runs_ + metric_ + "parameters:\n";
    for (const char* const needed : {"lr", "warmup", "epochs"}) {
      if (!taken_.contains(needed)) {
        parameters_ += missing_parameter(needed);
      }
    }
    yaml += parameters_ + replicates_;
    yaml +=
        "# Fill in: the files, the columns of text and label, and the model's folder.\n"
        "data: {train: train.csv, eval: 0.1, text: text, label: label, header: true}\n"
        "model: {path: model}\n";
    if (!left_out_.empty()) {
      yaml += "# Without a counterpart:\n" + left_out_;
    }
    return yaml;
  }

 private:
  void leave_out(const std::string& key, const YamlNode& node, const std::string& why) {
    left_out_ +=
        fmt::format("#   {}: {}{}\n", shown(key), flow(node), why.empty() ? "" : "  # " + why);
  }

  void take_top(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    if (entry.key == "name" && node.kind == YamlKind::scalar) {
      sweep_name_ = node.text;
    } else if (entry.key == "description" && node.kind == YamlKind::scalar) {
      metric_ = fmt::format("description: {}\n", yaml_scalar(node.text)) + metric_;
    } else if (entry.key == "method" && draws_values_) {
      method_ = node.text == "random" ? "method: random\n" : "method: tpe  # was bayes\n";
    } else if (entry.key == "run_cap" && draws_values_ && parse_whole(node.text).value_or(0) > 0) {
      max_runs_ = fmt::format("max_runs: {}  # was run_cap\n", *parse_whole(node.text));
    } else if (entry.key == "metric" && node.kind == YamlKind::map) {
      take_metric(node);
    } else if (entry.key == "parameters" && node.kind == YamlKind::map) {
      for (const YamlEntry& parameter : node.entries) {
        take_parameter(parameter);
      }
    } else {
      const auto words = words_for_foreign_key(entry.key);
      leave_out(entry.key,
                node,
                entry.key == "method" ? "every combination of the values is a run here"
                                      : words.value_or(""));
    }
  }

  void take_metric(const YamlNode& node) {
    const std::string name = text_at(node, "name");
    const std::optional<std::string> ours = metric_meant(name);
    std::string goal = text_at(node, "goal");
    if (goal != "minimize" && goal != "maximize") {
      goal = ours == "eval.loss" ? "minimize" : "maximize";
    }
    metric_ += fmt::format("metric: {{name: {}, goal: {}}}  # was {}\n",
                           ours.value_or("eval.flat_accuracy"),
                           goal,
                           shown(name));
  }

  void take_parameter(const YamlEntry& entry) {
    const auto known = parameter_names().find(entry.key);
    const std::string ours = known == parameter_names().end() ? entry.key : known->second;
    if (entry.key == "seed" || entry.key == "random_seed") {
      return take_seeds(entry);
    }
    const KeyRule* const rule = find_axis_rule(ours);
    if (rule == nullptr || taken_.contains(ours)) {
      return leave_out("parameters." + entry.key,
                       *entry.value,
                       rule != nullptr ? "there is one of this name above"
                                       : words_for_foreign_key(entry.key).value_or(""));
    }
    const std::string axis = axis_of(*rule, *entry.value);
    if (axis.empty()) {
      return leave_out("parameters." + entry.key, *entry.value, "give the values themselves");
    }
    taken_.insert(ours);
    parameters_ +=
        fmt::format("  {}: {}{}\n", ours, axis, ours == entry.key ? "" : "  # was " + entry.key);
  }

  void take_seeds(const YamlEntry& entry) {
    const YamlEntry* const values =
        entry.value->kind == YamlKind::map ? find_entry(*entry.value, "values") : nullptr;
    const std::size_t count = values != nullptr && values->value->kind == YamlKind::list
                                  ? values->value->items.size()
                                  : 1;
    replicates_ =
        fmt::format("replicates: {}  # was seed: {}; replicates have the seeds 1, 2, ...\n",
                    std::max<std::size_t>(count, 1),
                    flow(*entry.value));
  }

  /// What stands behind the parameter's name; empty where it cannot be said.
  [[nodiscard]] std::string axis_of(const KeyRule& rule, const YamlNode& node) const {
    if (node.kind == YamlKind::scalar) {
      return fmt::format("{{value: {}}}", flow(node));
    }
    if (node.kind != YamlKind::map) {
      return "";
    }
    if (const YamlEntry* const values = find_entry(node, "values")) {
      return values->value->kind == YamlKind::list
                 ? fmt::format("{{values: {}}}", flow(*values->value))
                 : "";
    }
    if (const YamlEntry* const value = find_entry(node, "value")) {
      const bool is_list = value->value->kind == YamlKind::list;
      return fmt::format("{{{}: {}}}", is_list ? "values" : "value", flow(*value->value));
    }
    if (draws_values_ && text_at(node, "distribution").ends_with("normal")) {
      return normal_range(rule, node);
    }
    const auto min = parse_number(text_at(node, "min"));
    const auto max = parse_number(text_at(node, "max"));
    if (!min || !max || !(*min < *max)) {
      return "";
    }
    if (draws_values_) {
      return range(rule, *min, *max, node);
    }
    const auto step = parse_number(text_at(node, "q"));
    if (step && *step > 0) {
      return multiples(rule, *min, *max, *step);
    }
    return points(rule, *min, *max, text_at(node, "distribution"));
  }

  /// Theirs has no bounds; here it is cut off at 3 sigma, and at what the key may hold.
  static std::string normal_range(const KeyRule& rule, const YamlNode& node) {
    const std::string distribution = text_at(node, "distribution");
    const auto mu = parse_number(text_at(node, "mu"));
    const auto sigma = parse_number(text_at(node, "sigma"));
    const bool is_plain = distribution == "normal" || distribution == "q_normal";
    if (rule.kind != ValueKind::number || !is_plain || !mu || !sigma || *sigma <= 0) {
      return "";
    }
    const bool is_positive = rule.range == NumberRange::positive;
    const double lowest = rule.range == NumberRange::any ? -1e9 : is_positive ? *mu / 1000 : 0;
    const double highest = rule.range == NumberRange::share ? 0.99 : 1e9;
    const double low = std::clamp(*mu - 3 * *sigma, lowest, highest);
    const double high = std::clamp(*mu + 3 * *sigma, lowest, highest);
    const std::string q = text_at(node, "q");
    return low < high ? fmt::format(
                            "{{min: {:.6g}, max: {:.6g}, distribution: normal, mu: {}, "
                            "sigma: {}{}}}",
                            low,
                            high,
                            *mu,
                            *sigma,
                            parse_number(q) ? ", q: " + q : "")
                      : "";
  }

  /// Bounds as they are drawn between.
  static std::string range(const KeyRule& rule, double min, double max, const YamlNode& node) {
    const std::string distribution = text_at(node, "distribution");
    const bool is_log = distribution.find("log_uniform") != std::string::npos;
    const bool are_exponents = is_log && distribution.find("values") == std::string::npos;
    const bool is_whole = rule.kind == ValueKind::whole;
    const double low = are_exponents ? std::exp(min) : is_whole ? std::ceil(min) : min;
    const double high = are_exponents ? std::exp(max) : is_whole ? std::floor(max) : max;
    const std::string q = text_at(node, "q");
    return fmt::format("{{min: {}, max: {}{}{}}}",
                       low,
                       high,
                       is_log ? ", distribution: log_uniform" : "",
                       distribution.starts_with("q_") && parse_number(q) ? ", q: " + q : "");
  }

  static std::string points(const KeyRule& rule,
                            double min,
                            double max,
                            const std::string& distribution) {
    if (rule.kind == ValueKind::whole || distribution == "int_uniform") {
      return whole_points(static_cast<std::int64_t>(std::ceil(min)),
                          static_cast<std::int64_t>(std::floor(max)));
    }
    const bool is_log = distribution.find("log_uniform") != std::string::npos;
    const bool are_exponents = is_log && distribution.find("values") == std::string::npos;
    return fmt::format("{{min: {}, max: {}, count: {}{}}}",
                       are_exponents ? std::exp(min) : min,
                       are_exponents ? std::exp(max) : max,
                       usual_count,
                       is_log ? ", distribution: log_uniform" : "");
  }

  /// As W&B draws them: multiples of `step`, here a few of them, from the lowest to the highest.
  static std::string multiples(const KeyRule& rule, double min, double max, double step) {
    const double first = std::ceil(min / step - 1e-9);
    const double steps = std::floor(max / step + 1e-9) - first;
    if (!(steps >= 0) || steps > 1e9 ||
        (rule.kind == ValueKind::whole && step != std::floor(step))) {
      return "";
    }
    const double count = steps < most_whole_points ? steps + 1 : usual_count;
    std::string values;
    for (double i = 0; i < count; ++i) {
      const double place = count > 1 ? std::round(first + steps * i / (count - 1)) : first;
      values += fmt::format("{}{:.10g}", i == 0 ? "" : ", ", place * step);
    }
    return fmt::format("{{values: [{}]}}", values);
  }

  static std::string whole_points(std::int64_t min, std::int64_t max) {
    const std::int64_t steps = max - min;
    const std::int64_t count = steps < most_whole_points ? steps + 1 : usual_count;
    std::string values;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t value = count == 1 ? min : min + steps * i / (count - 1);
      values += fmt::format("{}{}", i == 0 ? "" : ", ", value);
    }
    return count < 1 ? "" : fmt::format("{{values: [{}]}}", values);
  }

  static std::string missing_parameter(std::string_view name) {
    const std::string_view usual = name == "lr"       ? "{values: [2e-5, 3e-5, 5e-5]}"
                                   : name == "warmup" ? "{value: 0.1}"
                                                      : "{value: 3}";
    return fmt::format("  {}: {}  # was not there; needed\n", name, usual);
  }

  std::string name_;
  bool draws_values_ = false;
  std::string method_;
  std::string max_runs_;
  std::string sweep_name_;
  std::string metric_;
  std::string parameters_;
  std::string replicates_;
  std::string left_out_;
  std::set<std::string, std::less<>> taken_;
};

WandbImport problem_with_import(const std::string& name, std::string message) {
  return {"", {ConfigProblem{name, 0, 0, std::move(message)}}};
}

}  // namespace

WandbImport import_wandb(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file && text.empty()) {
    return problem_with_import(path.string(), "it cannot be read; expected a sweep file of W&B");
  }
  return import_wandb_text(text, path.string());
}

WandbImport import_wandb_text(const std::string& text, const std::string& name) {
  if (text.size() > longest_wandb_file) {
    return problem_with_import(name, "it is larger than 1 MiB; expected a sweep file of W&B");
  }
  const ParsedYaml parsed = parse_yaml(
      text, 0, [](const std::string& variable) { return std::optional("${" + variable + "}"); });
  if (parsed.root == nullptr || parsed.root->kind != YamlKind::map) {
    WandbImport failed;
    KeyPositions positions;
    positions.file = name;
    for (const PlacedProblem& problem : parsed.problems) {
      failed.problems.push_back(positions.at(problem.position, problem.message));
    }
    return failed.problems.empty()
               ? problem_with_import(name, "expected a map with keys such as method and parameters")
               : failed;
  }
  if (names_program(*parsed.root)) {
    return {import_program(*parsed.root, name), {}};
  }
  return {Importer(name).import(*parsed.root), {}};
}

}  // namespace tarama::config
