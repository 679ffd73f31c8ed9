// The table of keys. What it says of ranges and defaults is what the reader does; a test reads
// every default back.
#include "core/scheduling/scheduler.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/learner_choice.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/rungs_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tarama::config {

namespace {

// The upper limits below only keep slips of the pen from overflowing sums; no real sweep comes
// near them.
constexpr std::int64_t most_epochs = 1'000'000;
constexpr std::int64_t most_layers = 1'000;
constexpr std::int64_t widest = 65'536;        // dropout numbers positions and heads by 16 bits
constexpr std::int64_t largest_batch = 65536;  // an example has 16 bits in core/training/philox.hpp
constexpr std::int64_t most_pieces = 10'000'000;
constexpr std::int64_t most_per_machine = 1'024;

template <class Table>
std::vector<std::string> choices_in(const Table& table, std::string_view prefix = "") {
  std::vector<std::string> names;
  for (const std::string_view name : names_in(table)) {
    names.push_back(fmt::format("{}{}", prefix, name));
  }
  return names;
}

KeyRule map(std::string key, std::string meaning, Need need = Need::optional) {
  return {
      .key = std::move(key), .kind = ValueKind::map, .need = need, .meaning = std::move(meaning)};
}

void add_top(std::vector<KeyRule>& rules) {
  rules.insert(
      rules.end(),
      {
          {.key = "name",
           .kind = ValueKind::name,
           .need = Need::required,
           .meaning = "What the sweep is called everywhere. A sweep of the same name and the same "
                      "runs is the same sweep: it is continued, not repeated. Neither `last` nor "
                      "digits alone: where commands take a sweep, these mean the newest one and "
                      "an id."},
          {.key = "description", .default_yaml = "\"\"", .meaning = "For people."},
          {.key = "method",
           .kind = ValueKind::choice,
           .default_yaml = "grid",
           .meaning = "How the levels are chosen: `grid` is every combination of the parameters; "
                      "`random` draws them, `sobol` draws them so that they fill the space "
                      "evenly, and `tpe` chooses one after the other, by what those before have "
                      "shown. `asha` and `hyperband` draw them as `sobol` does, and stop the runs "
                      "that are behind ([SEARCH.md](SEARCH.md)).",
           .choices = choices_in(method_names)},
          {.key = "max_runs",
           .kind = ValueKind::whole,
           .meaning = "Of all but `grid`, which need it: how many runs there are, replicates "
                      "included. More runs later begin with the same ones.",
           .lowest = 1,
           .highest = most_runs},
          {.key = "replicates",
           .kind = ValueKind::whole_or_map,
           .default_yaml = "1",
           .meaning = "Runs per level, with the seeds `seed`, `seed + 1`, and so on. Their spread "
                      "says how sure the answer is. Or `{first: 5, most: 20, until: 0.005}` or "
                      "`{first: 3, budget: 300}`: replicates that decide themselves.",
           .lowest = 1,
           .highest = most_runs},
          {.key = "seed",
           .kind = ValueKind::whole,
           .default_yaml = "1",
           .meaning = "Of the first replicate; also of the split of `eval: 0.1`. Same seed, same "
                      "data, same kind of device: the same bits."},
      });
}

void add_limits(std::vector<KeyRule>& rules) {
  rules.insert(
      rules.end(),
      {
          {.key = "max_concurrent",
           .kind = ValueKind::whole,
           .default_yaml = "0",
           .meaning = "Runs at a time; 0: as many as the devices take.",
           .highest = most_runs},
          {.key = "max_restarts",
           .kind = ValueKind::whole,
           .default_yaml = "2",
           .meaning = "Attempts beyond the first when a worker dies. A run that diverged is not "
                      "tried again.",
           .highest = most_runs},
          {.key = "time_limit",
           .kind = ValueKind::duration,
           .default_yaml = "12h",
           .meaning =
               "Per run. A run that takes longer fails as `time_limit` and is not tried again."},
          {.key = "share",
           .kind = ValueKind::choice,
           .default_yaml = "prefixes",
           .meaning = "`prefixes`: steps that runs have in common, by every setting and every bit "
                      "of the rates, are trained once: a longer run goes on where a shorter one "
                      "ended. With the default schedule runs of different `epochs` have none. "
                      "`none`: each run trains all its steps. The numbers are the same.",
           .choices = choices_in(share_names)},
          {.key = "on_end",
           .default_yaml = "\"\"",
           .meaning =
               "A shell command, run when the sweep ends, fails or pauses; environment variables "
               "tell it which, and `TARAMA_EVENT_ID` is the same if a crash makes it come twice."},
          {.key = "on_end_limit",
           .kind = ValueKind::duration,
           .default_yaml = "10m",
           .meaning = "How long `on_end` may take; what takes longer is ended, with all that it "
                      "started."},
      });
}

/// Which run is next, and whether it is worth its time.
void add_order(std::vector<KeyRule>& rules) {
  rules.insert(
      rules.end(),
      {
          {.key = "order",
           .kind = ValueKind::choice,
           .default_yaml = "longest_first",
           .meaning = "Which runs come first, within a replicate: every level has its first seed "
                      "before any has its second. `longest_first`: by steps, so that no device is "
                      "left alone with a long run at the end; `cheapest_first`: by what the "
                      "training costs (model, texts, epochs), so that many values are there soon; "
                      "`as_listed`: as `plan` lists them; `random`: drawn by the sweep's `seed`. "
                      "Where runs have a beginning in common, the one that trains it comes as "
                      "early as the first of those that need it. Of programs nobody knows how "
                      "long they take: as listed, or `random`. With `rungs` the default is "
                      "`as_listed`.",
           .choices = choices_in(order_names)},
          {.key = "stop_when",
           .kind = ValueKind::stop_rules,
           .meaning =
               "Rules that give a run up early, for every `method` ([SEARCH.md](SEARCH.md)): "
               "`[{metric: eval.loss, above: 10, after: 100}, {metric: eval.mcc, "
               "no_improvement: 3}]`. Its state is `stopped`; it is no result."},
          {.key = "priority",
           .kind = ValueKind::whole,
           .meaning =
               "Default: 0. Where several sweeps have runs to do, each gets of the devices' "
               "time what its weight is of the weights of all, and none waits for ever. The "
               "weight is 1 for priority 0, 1 + N for N, and 1/(1 + N) for -N: beside one of "
               "0 a sweep of 9 has nine tenths. What is at work is left there; slots that "
               "come free are shared. `tarama priority SWEEP N` changes it; a file that is "
               "submitted again without it does not.",
           .lowest = -most_priority,
           .highest = most_priority},
      });
}

/// Below `replicates`, where it is a map.
void add_replicates(std::vector<KeyRule>& rules) {
  constexpr std::int64_t most_seeds = 10'000;
  rules.insert(
      rules.end(),
      {
          {.key = "replicates.first",
           .kind = ValueKind::whole,
           .meaning = "Seeds that every level gets before anything is decided. Default: 5.",
           .lowest = 2,
           .highest = most_seeds},
          {.key = "replicates.most",
           .kind = ValueKind::whole,
           .meaning = "Seeds that a level gets at most, of `until`. Default: 20.",
           .lowest = 2,
           .highest = most_seeds},
          {.key = "replicates.until",
           .kind = ValueKind::number,
           .meaning = "Seeds for the levels that may be the best, until one is left that "
                      "is within this difference of the best, with 95 %.",
           .range = NumberRange::positive},
          {.key = "replicates.budget",
           .kind = ValueKind::whole,
           .meaning = "Instead: so many runs beyond the first seeds, where they tell most.",
           .lowest = 1,
           .highest = most_runs},
      });
}

void add_metric(std::vector<KeyRule>& rules) {
  rules.push_back(map("metric", "What the levels are ranked by."));
  rules.insert(
      rules.end(),
      {
          {.key = "metric.name",
           .kind = ValueKind::choice,
           .default_yaml = "eval.flat_accuracy",
           .meaning = "Measured on `data.eval` after each epoch. With `trainer`: any number "
                      "that the program reports, by its name; required.",
           .choices = choices_in(metric_names, "eval.")},
          {.key = "metric.goal",
           .kind = ValueKind::choice,
           .meaning = "Default: `minimize` for `eval.loss`, else `maximize`. With `trainer`: "
                      "required.",
           .choices = choices_in(goal_names)},
          {.key = "metric.take",
           .kind = ValueKind::choice,
           .default_yaml = "last",
           .meaning = "The value after the last epoch, or that of the best epoch.",
           .choices = choices_in(take_names)},
      });
}

void add_parameters(std::vector<KeyRule>& rules) {
  rules.push_back(
      {.key = "parameters",
       .kind = ValueKind::parameters,
       .need = Need::required,
       .meaning = "The axes of the grid; every combination is a level. Beside the three below, "
                  "every key of `training` or `model` may stand here instead of there."});
  rules.insert(rules.end(),
               {
                   {.key = "parameters.lr",
                    .kind = ValueKind::number,
                    .need = Need::required,
                    .meaning = "The learning rate.",
                    .sweeping = Sweeping::only_there,
                    .range = NumberRange::positive},
                   {.key = "parameters.warmup",
                    .kind = ValueKind::number,
                    .need = Need::required,
                    .meaning = "The share of the run's steps over which the rate rises.",
                    .sweeping = Sweeping::only_there,
                    .range = NumberRange::share},
                   {.key = "parameters.epochs",
                    .kind = ValueKind::whole,
                    .need = Need::required,
                    .meaning = "Passes over the training data.",
                    .sweeping = Sweeping::only_there,
                    .lowest = 1,
                    .highest = most_epochs},
               });
}

void add_trainer(std::vector<KeyRule>& rules) {
  rules.push_back(map(
      "trainer",
      "A program of your own instead of the built-in trainer ([TRAINERS.md](TRAINERS.md)). Then "
      "`parameters` may have any names, and `data`, `model` and `training` are left out."));
  rules.insert(
      rules.end(),
      {
          {.key = "trainer.command",
           .kind = ValueKind::arguments,
           .need = Need::required,
           .meaning =
               "The program and its arguments; `{NAME}` is a parameter's value, `{seed}` the run's "
               "seed, `{run_dir}` the run's own folder, `{{` a brace; an argument with `{?NAME}` "
               "is "
               "there where NAME is true. No shell reads them, and "
               "nothing is split. It runs in the folder of the sweep file."},
          {.key = "trainer.metrics",
           .kind = ValueKind::choice,
           .default_yaml = "stdout",
           .meaning = "Where its numbers are read: lines of JSON that it prints "
                      "(`{\"step\": 10, \"loss\": 0.4}`), or appends to the `file` that "
                      "`TARAMA_METRICS` names, or event files of TensorBoard in `{run_dir}`, or "
                      "what a script gives `wandb.log`, by a module in the place of `wandb`.",
           .choices = choices_in(metrics_from_names)},
          {.key = "trainer.inputs",
           .kind = ValueKind::paths,
           .meaning = "Files and folders that its numbers depend on, beside the files that "
                      "`command` names. Without it no result of an earlier sweep is taken over."},
          {.key = "trainer.silence",
           .kind = ValueKind::duration,
           .default_yaml = "30m",
           .meaning = "A program that prints and reports nothing for so long is `hung`."},
          {.key = "trainer.grace",
           .kind = ValueKind::duration,
           .default_yaml = "30s",
           .meaning = "How long it may take to save and leave once it got SIGTERM, at most 50s; "
                      "then it is killed."},
          {.key = "trainer.memory",
           .kind = ValueKind::memory,
           .default_yaml = "none",
           .meaning =
               "How much memory the program and all that it starts may hold (8G, 512M); with "
               "more it is killed, as `out_of_memory`. Looked at twice a second."},
          {.key = "trainer.on_log",
           .kind = ValueKind::log_rules,
           .meaning =
               "Texts that tell, in a line of the log of a program that failed, why: "
               "`[{pattern: \"CUDA out of memory\", class: out_of_memory}]`. The class "
               "is one of `out_of_memory`, `device_error`, `disk_full`, `bad_data`, `diverged`, "
               "`exited` and `program_error` ([FAILURES.md](FAILURES.md))."},
      });
}

void add_data(std::vector<KeyRule>& rules) {
  rules.push_back(map("data", "What is learned from.", Need::required));
  rules.insert(
      rules.end(),
      {
          {.key = "data.train",
           .kind = ValueKind::data_files,
           .need = Need::required,
           .meaning =
               "The training examples, one a row; a list of files is read as one. Files that "
               "gzip packed (`.csv.gz`) are read, too."},
          {.key = "data.eval",
           .kind = ValueKind::file_or_share,
           .need = Need::required,
           .meaning =
               "The examples that levels are compared on; or the share of `train` that is split "
               "off for it, stratified by label, by the sweep's `seed`, the same for all runs."},
          {.key = "data.test",
           .kind = ValueKind::data_file,
           .meaning = "Evaluated once when a run ends, never used to rank."},
          {.key = "data.text",
           .kind = ValueKind::column,
           .need = Need::required,
           .meaning = "The column of the text."},
          {.key = "data.text_pair",
           .kind = ValueKind::column,
           .meaning = "The column of a second text, for tasks on pairs."},
          {.key = "data.label",
           .kind = ValueKind::column,
           .need = Need::required,
           .meaning = "The column of the label: whole numbers or text. The classes are the sorted "
                      "labels."},
          {.key = "data.header",
           .kind = ValueKind::flag,
           .default_yaml = "false",
           .meaning = "Whether the first row of a .tsv or .csv names the columns."},
          {.key = "data.quotes",
           .kind = ValueKind::choice,
           .meaning = "What quotes mean: themselves (`text`), or as CSV has it (`csv`): a field in "
                      "double quotes may hold separators, line ends and quotes written twice. "
                      "Default: `csv` for a .csv, `text` for a .tsv.",
           .choices = choices_in(quotes_names)},
          {.key = "data.encoding",
           .kind = ValueKind::choice,
           .default_yaml = "utf-8",
           .meaning = "How the bytes of the files are characters. `latin-1` with the letters of "
                      "Windows' code page 1252.",
           .choices = choices_in(encoding_names)},
          {.key = "data.max_tokens",
           .kind = ValueKind::whole,
           .default_yaml = "128",
           .meaning = "Longer texts are cut; `[CLS]` and `[SEP]` count.",
           .lowest = 3,
           .highest = widest},
      });
}

void add_model(std::vector<KeyRule>& rules) {
  const Sweeping possible = Sweeping::possible;
  rules.push_back(
      map("model",
          "A Hugging Face folder (`path`), or a model from scratch (`layers`, `hidden`, `heads`).",
          Need::required));
  rules.insert(
      rules.end(),
      {
          {.key = "model.path",
           .kind = ValueKind::model_folder,
           .meaning =
               "A folder with `config.json`, a vocabulary (`vocab.txt` or `tokenizer.json`) and "
               "weights (`model.safetensors` or `pytorch_model.bin`, also in shards).",
           .sweeping = possible},
          {.key = "model.layers",
           .kind = ValueKind::whole,
           .meaning = "From scratch: required. With `path`: takes the first ones only.",
           .sweeping = possible,
           .lowest = 1,
           .highest = most_layers},
          {.key = "model.hidden",
           .kind = ValueKind::whole,
           .meaning = "From scratch: required; a multiple of `heads`.",
           .sweeping = possible,
           .lowest = 1,
           .highest = widest},
          {.key = "model.heads",
           .kind = ValueKind::whole,
           .meaning = "From scratch: required.",
           .sweeping = possible,
           .lowest = 1,
           .highest = widest},
          {.key = "model.intermediate",
           .kind = ValueKind::whole,
           .meaning = "From scratch only. Default: 4 x `hidden`.",
           .sweeping = possible,
           .lowest = 1,
           .highest = widest},
          {.key = "model.vocab",
           .kind = ValueKind::vocab,
           .default_yaml = "auto",
           .meaning = "From scratch only: a `vocab.txt`; `auto` makes one of the training data "
                      "(frequent words, then characters).",
           .sweeping = possible},
          {.key = "model.vocab_size",
           .kind = ValueKind::whole,
           .default_yaml = "8000",
           .meaning = "Of `vocab: auto`, at most.",
           .sweeping = possible,
           .lowest = 6,
           .highest = most_pieces},
          {.key = "model.lowercase",
           .kind = ValueKind::flag,
           .meaning = "Default: what the folder's `tokenizer_config.json` says, else `true`.",
           .sweeping = possible},
      });
}

void add_training(std::vector<KeyRule>& rules) {
  const Sweeping possible = Sweeping::possible;
  rules.push_back(
      map("training", "How each run is trained, where `parameters` does not say otherwise."));
  rules.insert(
      rules.end(),
      {
          {.key = "training.batch_size",
           .kind = ValueKind::whole,
           .default_yaml = "32",
           .meaning = "Examples per optimizer step.",
           .sweeping = possible,
           .lowest = 1,
           .highest = largest_batch},
          {.key = "training.schedule",
           .kind = ValueKind::choice,
           .default_yaml = "warmup_linear",
           .meaning = "How the learning rate moves over the run.",
           .sweeping = possible,
           .choices = choices_in(schedule_names)},
          {.key = "training.t_total",
           .kind = ValueKind::choice,
           .default_yaml = "auto",
           .meaning = "`auto`: the schedule spans the steps of the run. `none`: no schedule is "
                      "applied, warm-up included; the trap in the published recipe.",
           .sweeping = possible,
           .choices = choices_in(t_total_names)},
          {.key = "training.weight_decay",
           .kind = ValueKind::number,
           .default_yaml = "0.01",
           .meaning = "Of all weights but biases and LayerNorm.",
           .sweeping = possible,
           .range = NumberRange::not_negative},
          {.key = "training.max_grad_norm",
           .kind = ValueKind::number,
           .default_yaml = "1.0",
           .meaning =
               "Each parameter tensor's gradient is clipped to this norm; 0 or less: no clipping.",
           .sweeping = possible},
          {.key = "training.norm",
           .kind = ValueKind::choice,
           .default_yaml = "post",
           .meaning = "LayerNorm after each part of a block (BERT) or before it (Megatron-BERT).",
           .sweeping = possible,
           .choices = choices_in(norm_names)},
          {.key = "training.dropout",
           .kind = ValueKind::number,
           .default_yaml = "0.1",
           .meaning = "Of hidden states, attention probabilities and the classifier.",
           .sweeping = possible,
           .range = NumberRange::share},
      });
}

std::string meaning_of_learner() {
  return fmt::format(
      "What does the numbers: `packed` (own kernels; on CPUs fp32 alone) or `torch` (LibTorch). "
      "Default: `{}`, but `torch` for `bf16` on CPUs, and on GPUs where none serves `packed`. A "
      "sweep keeps the one that it began with.",
      name_of(default_learner));
}

/// What decides by which operations a run is computed.
void add_arithmetic(std::vector<KeyRule>& rules) {
  const Sweeping possible = Sweeping::possible;
  rules.insert(rules.end(),
               {
                   {.key = "training.precision",
                    .kind = ValueKind::choice,
                    .default_yaml = "fp32",
                    .meaning = "`bf16` changes the numbers.",
                    .sweeping = possible,
                    .choices = choices_in(precision_names)},
                   {.key = "training.learner",
                    .kind = ValueKind::choice,
                    .meaning = meaning_of_learner(),
                    .sweeping = possible,
                    .choices = choices_in(learner_names)},
               });
}

void add_resources_and_keep(std::vector<KeyRule>& rules) {
  rules.push_back(map("resources", "What the sweep may use."));
  rules.insert(
      rules.end(),
      {
          {.key = "resources.devices",
           .kind = ValueKind::devices,
           .default_yaml = "auto",
           .meaning =
               "`auto`: all free GPUs that can train every level, else the CPU. GPUs are "
               "counted by PCI bus, as `nvidia-smi` does; `cuda:1.0` is part 0 of GPU 1 (MIG)."},
          {.key = "resources.runs_per_device",
           .kind = ValueKind::auto_or_whole,
           .default_yaml = "auto",
           .meaning =
               "`auto`: on a GPU one to begin with, more while they get more done together "
               "and its memory holds them; on the CPU one a core, as far as the memory goes.",
           .lowest = 1,
           .highest = most_per_machine},
          {.key = "resources.threads",
           .kind = ValueKind::auto_or_whole,
           .default_yaml = "auto",
           .meaning = "Per worker; `auto`: one on a CPU.",
           .lowest = 1,
           .highest = most_per_machine},
      });
  rules.push_back(map("keep", "What stays on disk."));
  rules.insert(rules.end(),
               {
                   {.key = "keep.models",
                    .kind = ValueKind::choice,
                    .default_yaml = "best",
                    .meaning = "`best`: every replicate of the best level, and of levels that are "
                               "tied with it; models of levels that are clearly behind are "
                               "removed while the sweep goes on.",
                    .choices = choices_in(keep_models_names)},
                   {.key = "keep.checkpoints",
                    .kind = ValueKind::choice,
                    .default_yaml = "latest",
                    .meaning = "`latest`: the two newest of each unfinished run.",
                    .choices = choices_in(keep_checkpoints_names)},
                   {.key = "keep.predictions",
                    .kind = ValueKind::choice,
                    .default_yaml = "chosen",
                    .meaning = "The predicted classes of each succeeded run, in the view "
                               "`predictions`. `chosen`: of the epoch that the metric takes, and "
                               "of the test; `all`: of every epoch.",
                    .choices = choices_in(keep_predictions_names)},
               });
}

std::vector<KeyRule> make_rules() {
  std::vector<KeyRule> rules;
  add_top(rules);
  add_replicates(rules);
  add_limits(rules);
  add_order(rules);
  add_metric(rules);
  std::ranges::move(rungs_rules(), std::back_inserter(rules));
  add_parameters(rules);
  add_trainer(rules);
  add_data(rules);
  add_model(rules);
  add_training(rules);
  add_arithmetic(rules);
  add_resources_and_keep(rules);
  return rules;
}

}  // namespace

const std::vector<KeyRule>& key_rules() {
  static const std::vector<KeyRule> rules = make_rules();
  return rules;
}

}  // namespace tarama::config
