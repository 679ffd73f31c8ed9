// See foreign_words.hpp.
#include "orchestrator/config/foreign_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tarama::config {

namespace {

struct ForeignKey {
  std::string_view name;
  std::string_view words;
};

constexpr std::string_view lr_words = "here it is 'lr', under 'parameters'";
constexpr std::string_view epochs_words = "here it is 'epochs', under 'parameters'";
constexpr std::string_view warmup_words =
    "here it is 'warmup', under 'parameters': a share of the run's steps";
constexpr std::string_view warmup_steps_words =
    "here it is 'warmup', under 'parameters', as a share of the run's steps: warm-up steps divided "
    "by all steps";
constexpr std::string_view batch_words = "here it is 'batch_size', under 'training'";
constexpr std::string_view model_words = "here it is 'path', under 'model': a folder";
constexpr std::string_view length_words = "here it is 'max_tokens', under 'data'";
constexpr std::string_view output_words =
    "models and results lie in the store; name it with --store DIR";
constexpr std::string_view seed_words =
    "seeds make replicates here: `replicates: 3` and `seed: 1`, at the top, give 1, 2 and 3";
constexpr std::string_view program_words =
    "here it is 'command', under 'trainer': a list of arguments; `tarama import wandb` writes it";
constexpr std::string_view each_epoch_words = "each epoch is evaluated; leave it out";
constexpr std::string_view save_words = "here it is 'keep: {models: best}'";
constexpr std::string_view no_words = "there is no counterpart; leave it out";

constexpr std::array foreign_keys = {
    ForeignKey{"learning_rate", lr_words},
    ForeignKey{"num_train_epochs", epochs_words},
    ForeignKey{"num_epochs", epochs_words},
    ForeignKey{"max_epochs", epochs_words},
    ForeignKey{"n_epochs", epochs_words},
    ForeignKey{"per_device_train_batch_size", batch_words},
    ForeignKey{"per_gpu_train_batch_size", batch_words},
    ForeignKey{"train_batch_size", batch_words},
    ForeignKey{"warmup_ratio", warmup_words},
    ForeignKey{"warmup_proportion", warmup_words},
    ForeignKey{"warmup_steps", warmup_steps_words},
    ForeignKey{"num_warmup_steps", warmup_steps_words},
    ForeignKey{"model_name_or_path", model_words},
    ForeignKey{"pretrained_model_name_or_path", model_words},
    ForeignKey{"model_name", model_words},
    ForeignKey{"bert_model", model_words},
    ForeignKey{"num_labels", "the classes are those of the training data; leave it out"},
    ForeignKey{"num_classes", "the classes are those of the training data; leave it out"},
    ForeignKey{"max_seq_length", length_words},
    ForeignKey{"max_seq_len", length_words},
    ForeignKey{"max_length", length_words},
    ForeignKey{"fp16", "here it is 'precision: bf16', under 'training'"},
    ForeignKey{"bf16", "here it is 'precision: bf16', under 'training'"},
    ForeignKey{"output_dir", output_words},
    ForeignKey{"logging_dir", output_words},
    ForeignKey{"overwrite_output_dir", output_words},
    ForeignKey{"do_lower_case", "here it is 'lowercase', under 'model'"},
    ForeignKey{"lr_scheduler_type", "here it is 'schedule', under 'training'"},
    ForeignKey{"lr_scheduler", "here it is 'schedule', under 'training'"},
    ForeignKey{"hidden_dropout_prob", "here it is 'dropout', under 'training'"},
    ForeignKey{"gradient_clip_val", "here it is 'max_grad_norm', under 'training'"},
    ForeignKey{"train_file", "here it is 'train', under 'data'"},
    ForeignKey{"validation_file", "here it is 'eval', under 'data'"},
    ForeignKey{"eval_file", "here it is 'eval', under 'data'"},
    ForeignKey{"dataset_name", "here it is 'train', under 'data': a file"},
    ForeignKey{"metric_for_best_model", "here it is 'name', under 'metric'"},
    ForeignKey{"evaluation_strategy", each_epoch_words},
    ForeignKey{"eval_strategy", each_epoch_words},
    ForeignKey{"eval_steps", each_epoch_words},
    ForeignKey{"logging_steps", "every step's loss is kept; leave it out"},
    ForeignKey{"logging_strategy", "every step's loss is kept; leave it out"},
    ForeignKey{"save_strategy", save_words},
    ForeignKey{"save_steps", save_words},
    ForeignKey{"save_total_limit", save_words},
    ForeignKey{"load_best_model_at_end", "here it is 'take: best', under 'metric'"},
    ForeignKey{"max_steps", "the length of a run is its 'epochs', under 'parameters'"},
    ForeignKey{"early_stopping_patience", no_words},
    ForeignKey{"label_smoothing_factor", no_words},
    ForeignKey{"label_smoothing", no_words},
    ForeignKey{"adam_epsilon", no_words},
    ForeignKey{"adam_beta1", no_words},
    ForeignKey{"adam_beta2", no_words},
    ForeignKey{"report_to", "`tarama export` writes for other programs; leave it out"},
    ForeignKey{"per_device_eval_batch_size", no_words},
    ForeignKey{"n_trials", no_words},
    ForeignKey{"num_trials", no_words},
    ForeignKey{"optimizer", "tarama trains by BertAdam; leave it out"},
    ForeignKey{"optim", "tarama trains by BertAdam; leave it out"},
    ForeignKey{"gradient_accumulation_steps",
               "a batch is taken as a whole here; multiply 'batch_size' by it"},
    ForeignKey{"program", program_words},
    ForeignKey{"command", program_words},
    ForeignKey{"project", "here a store holds sweeps; name it with --store DIR"},
    ForeignKey{"entity", no_words},
    ForeignKey{
        "run_cap",
        "here it is 'max_runs', of method: random, sobol and tpe; a grid has all combinations"},
    ForeignKey{"early_terminate",
               "here it is 'rungs', or method: asha or hyperband, or 'stop_when'"},
    ForeignKey{"$schema", no_words},
    ForeignKey{"seed", seed_words},
    ForeignKey{"random_seed", seed_words},
    ForeignKey{"mu", "give the values themselves: {values: [...]}, or min, max and count"},
    ForeignKey{"sigma", "give the values themselves: {values: [...]}, or min, max and count"},
    ForeignKey{"q", "give the values themselves: {values: [...]}, or min, max and count"},
    ForeignKey{"probabilities", "every value is tried; leave it out"}};

struct ForeignMetric {
  std::string_view part;  // of the name, lowered
  std::string_view ours;
};

// In the order in which they are looked for: "eval_macro_f1" is no accuracy.
constexpr std::array foreign_metrics = {ForeignMetric{"matthews", "eval.mcc"},
                                        ForeignMetric{"mcc", "eval.mcc"},
                                        ForeignMetric{"f1", "eval.macro_f1"},
                                        ForeignMetric{"acc", "eval.flat_accuracy"},
                                        ForeignMetric{"loss", "eval.loss"}};

}  // namespace

std::optional<std::string> words_for_foreign_key(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  std::string plain(name);
  std::ranges::replace(plain, '-', '_');
  for (const ForeignKey& key : foreign_keys) {
    if (key.name == plain) {
      return std::string(key.words);
    }
  }
  return std::nullopt;
}

std::optional<std::string> metric_meant(std::string_view foreign) {
  std::string lowered(foreign);
  std::ranges::transform(lowered, lowered.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  for (const ForeignMetric& metric : foreign_metrics) {
    if (lowered.find(metric.part) != std::string::npos) {
      return std::string(metric.ours);
    }
  }
  return std::nullopt;
}

std::optional<std::string> words_for_foreign_value(std::string_view key, std::string_view value) {
  if (key == "metric.name") {
    const std::optional<std::string> meant = metric_meant(value);
    return meant ? std::optional(fmt::format("did you mean '{}'?", *meant)) : std::nullopt;
  }
  if (key == "method" && value == "bayes") {
    return "write tpe, with max_runs: it learns from the runs as well";
  }
  constexpr std::string_view with_count = "and, in a grid, 'count': how many points";
  if (key == "distribution" && value.starts_with("log_uniform")) {
    return fmt::format("here it is 'log_uniform', with 'min' and 'max' themselves {}", with_count);
  }
  if (key == "distribution" && value == "int_uniform") {
    return fmt::format("here it is 'int', with 'min', 'max' {}", with_count);
  }
  if (key == "distribution" && value.find("uniform") != std::string_view::npos) {
    return fmt::format("here it is 'uniform', with 'min', 'max' {}", with_count);
  }
  if (key == "distribution" && (value == "categorical" || value == "constant")) {
    return "leave it out; 'values' and 'value' say it";
  }
  if (key == "distribution" && value.find("normal") != std::string_view::npos) {
    return "here it is 'normal', with 'mu', 'sigma', 'min' and 'max', of method: random, sobol and "
           "tpe; "
           "in a grid give the values themselves: {values: [...]}";
  }
  if (key == "distribution" && (value.starts_with("q_") || value == "beta")) {
    return "give the values themselves: {values: [...]}";
  }
  return std::nullopt;
}

}  // namespace tarama::config
