// See wandb_built_in.hpp.
#include "orchestrator/config/wandb_built_in.hpp"

#include "orchestrator/config/foreign_words.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/wandb_axis.hpp"
#include "orchestrator/config/wandb_file.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace tarama::config {

namespace {

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

/// What a normal distribution, theirs without bounds, is cut off at.
WandbAxisForm form_of(const KeyRule& rule, const YamlNode& node, WandbMethod method) {
  WandbAxisForm form{.draws_values = method != WandbMethod::grid,
                     .booleans = WandbBooleans::as_yaml};
  if (rule.range != NumberRange::any) {
    const double mu = parse_number(text_at(node, "mu")).value_or(0);
    form.lowest = rule.range == NumberRange::positive ? std::max(mu, 1e-9) / 1000 : 0;
  }
  if (rule.range == NumberRange::share) {
    form.highest = 0.99;
  }
  return form;
}

class BuiltInImporter {
 public:
  BuiltInImporter(const YamlNode& root, WandbReport& report) : root_(root), report_(report) {}

  std::string import(const std::string& file) {
    if (const auto method = wandb_method(root_, report_)) {
      method_ = *method;
    }
    for (const YamlEntry& entry : root_.entries) {
      take(entry);
    }
    check_parameters();
    std::string yaml = fmt::format(
        "# Made of {}, a sweep file of Weights & Biases, by `tarama import wandb`.\n", shown(file));
    yaml += wandb_name_lines(root_, usual_wandb_name("", file), report_);
    yaml += wandb_method_lines(root_, method_, levels_, report_) + metric_;
    yaml += "parameters:\n" + parameters_ + seeds_;
    yaml +=
        "# Fill in: the files, the columns of text and label, and the model's folder.\n"
        "data: {train: train.csv, eval: 0.1, text: text, label: label, header: true}\n"
        "model: {path: model}\n";
    return rest_.empty() ? yaml : yaml + "# Without a counterpart:\n" + rest_;
  }

 private:
  void take(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    if (entry.key == "metric" && node.kind == YamlKind::map) {
      take_metric(entry);
    } else if (entry.key == "parameters" && node.kind == YamlKind::map) {
      for (const YamlEntry& parameter : node.entries) {
        take_parameter(parameter);
      }
    } else if (entry.key == "metric" || entry.key == "parameters") {
      report_.refuse(entry.position,
                     fmt::format("{}: expected a map, but found {}", entry.key, describe(node)));
    } else if (entry.key == "early_terminate") {
      rest_ += fmt::format(
          "#   {}: {}  # {}\n", entry.key, flow(node), *words_for_foreign_key(entry.key));
    } else if (entry.key != "program" && entry.key != "command" && entry.key != "method" &&
               entry.key != "name" && entry.key != "description" && entry.key != "run_cap") {
      rest_ += wandb_rest_line(entry, report_);
    }
  }

  void take_metric(const YamlEntry& entry) {
    const std::string name = text_at(*entry.value, "name");
    const std::optional<std::string> ours = metric_meant(name);
    std::string goal = text_at(*entry.value, "goal");
    if (goal != "minimize" && goal != "maximize") {
      goal = ours == "eval.loss" ? "minimize" : "maximize";
    }
    if (!ours) {
      report_.warn(entry.position,
                   fmt::format("metric.name: there is no '{}' here; eval.flat_accuracy takes its "
                               "place",
                               shown(name)));
    }
    metric_ = fmt::format("metric: {{name: {}, goal: {}}}  # was {}\n",
                          ours.value_or("eval.flat_accuracy"),
                          goal,
                          shown(name));
  }

  void take_parameter(const YamlEntry& entry) {
    const auto known = parameter_names().find(entry.key);
    const std::string ours = known == parameter_names().end() ? entry.key : known->second;
    if (entry.key == "seed" || entry.key == "random_seed") {
      return take_seed(entry);
    }
    const KeyRule* const rule = find_axis_rule(ours);
    if (rule == nullptr) {
      unknown_.push_back(&entry);
      return;
    }
    if (!taken_.insert(ours).second) {
      return report_.refuse(entry.position,
                            fmt::format("parameters.{}: there is one above that is called {} here; "
                                        "keep one",
                                        shown(entry.key),
                                        ours));
    }
    const std::string key = "parameters." + shown(entry.key);
    const std::string distribution = text_at(*entry.value, "distribution");
    if (rule->kind == ValueKind::whole && !distribution.empty() && distribution != "int_uniform" &&
        distribution != "q_uniform" && distribution != "categorical" &&
        distribution != "constant") {
      return report_.refuse(
          entry.position,
          fmt::format("{}: it is a whole number; write int_uniform, or values: [...]", key));
    }
    if (const auto axis = wandb_axis(entry, key, form_of(*rule, *entry.value, method_), report_)) {
      add_axis(entry, ours, *axis);
    }
  }

  void add_axis(const YamlEntry& entry, const std::string& ours, const WandbAxis& axis) {
    std::string remark = ours == entry.key ? "" : "was " + shown(entry.key);
    remark += (remark.empty() || axis.remark.empty() ? "" : "; ") + axis.remark;
    parameters_ +=
        fmt::format("  {}: {}{}\n", ours, axis.yaml, remark.empty() ? "" : "  # " + remark);
    levels_ *= static_cast<double>(std::max<std::size_t>(axis.values.size(), 1));
  }

  void take_seed(const YamlEntry& entry) {
    const std::string key = "parameters." + entry.key;
    const auto axis =
        wandb_axis(entry, key, {.draws_values = method_ != WandbMethod::grid}, report_);
    if (!axis) {
      return;
    }
    const auto lines = wandb_seed_lines(*axis, method_);
    if (!lines) {
      return report_.refuse(entry.position,
                            key +
                                ": the built-in trainer's seeds follow one another; write such, "
                                "as [1, 2, 3] of method: grid, or take it out and write "
                                "replicates: 3 into the file that is made");
    }
    seeds_ = *lines;
  }

  /// The built-in trainer has all parameters of the file, and the file all that it cannot guess.
  void check_parameters() {
    std::string why;
    for (const YamlEntry* const entry : unknown_) {
      if (const auto words = words_for_foreign_key(entry->key); words && why.empty()) {
        why = fmt::format("; of {}: {}", shown(entry->key), *words);
      }
    }
    const bool lacks_some = !taken_.contains("lr") || !taken_.contains("epochs");
    if (!unknown_.empty() || lacks_some) {
      report_.refuse(
          unknown_.empty() ? Position{} : unknown_.front()->position,
          fmt::format("no program: add program: train.py, or a command, to say what is to be run; "
                      "without one the built-in trainer trains, {}{}",
                      unknown_.empty() ? "which needs lr and epochs"
                                       : "which has no " + shown(unknown_.front()->key),
                      why));
    }
    if (!taken_.contains("warmup")) {
      parameters_ += "  warmup: {value: 0}  # was not there\n";
      report_.warn({}, "parameters.warmup is missing; there is no warm-up in the file");
    }
  }

  const YamlNode& root_;
  WandbReport& report_;
  WandbMethod method_ = WandbMethod::grid;
  double levels_ = 1;
  std::string metric_;
  std::string parameters_;
  std::string seeds_;
  std::string rest_;
  std::set<std::string, std::less<>> taken_;
  std::vector<const YamlEntry*> unknown_;
};

}  // namespace

std::string import_for_built_in_trainer(const YamlNode& root,
                                        const std::string& name,
                                        WandbReport& report) {
  return BuiltInImporter(root, report).import(name);
}

}  // namespace tarama::config
