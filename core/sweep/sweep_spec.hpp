// What a sweep file says, once read and checked: plain values, no YAML and no files. The grid
// is expanded from it, the store keeps it as JSON (sweep_spec_json.hpp), workers train by it.
#pragma once

#include "core/sweep/program_spec.hpp"
#include "core/sweep/rungs.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarama {

enum class Schedule {
  warmup_linear,
  warmup_cosine,
  warmup_constant,
  none,
  warmup_cosine_with_hard_restarts,
  warmup_cosine_with_warmup_restarts,
};
enum class TTotal { steps_of_run, none };  // `none` reproduces the trap in the published recipe
enum class Norm { post, pre };             // LayerNorm after (BERT) or before (Megatron-BERT)
enum class Precision { fp32, bf16 };
/// How levels are chosen: every combination, some drawn from all (core/search/drawn_values.hpp), or
/// one after the other, by what those before have shown (core/search/tpe.hpp). `asha` and
/// `hyperband`: drawn as by `sobol`, and compared at rungs (core/search/rung_book.hpp).
enum class Method { grid, random, sobol, tpe, asha, hyperband };
enum class Distribution { uniform, log_uniform, normal };
enum class LearnerName { packed, torch };  // what does a run's numbers
/// `reported`: what a program reports under a name of its own.
enum class MetricName { flat_accuracy, loss, mcc, macro_f1, reported };
enum class Goal { maximize, minimize };
enum class Take { last, best };  // the value of the last epoch, or of the best one
enum class KeepModels { none, best, all };
enum class KeepCheckpoints { none, latest };
/// What quotes in a table mean: themselves, or, as CSV has it, the bounds of a field.
enum class Quotes { text, csv };
/// How bytes of data files are characters. latin_1 with the letters of Windows' code page 1252.
enum class Encoding { utf_8, latin_1, utf_16 };
/// Of which evaluations the predicted classes are kept: of the one that gives the metric, of every
/// epoch's, of none. The test split's belong to the first two.
enum class KeepPredictions { chosen, all, none };
/// Whether steps that runs have in common are trained once (core/training/trajectory.hpp).
enum class Share { prefixes, none };

/// Which runs are handed out first, within a replicate (core/search/run_rank.hpp).
enum class OrderBy { longest_first, as_listed, cheapest_first, random };

/// How one run is trained. Ranges as CONFIG.md lists them; checked by orchestrator/config.
struct TrainingSettings {
  double lr = 0;      // > 0
  double warmup = 0;  // share of the run's steps, in [0, 1)
  std::int64_t epochs = 1;
  std::int64_t batch_size = 32;
  Schedule schedule = Schedule::warmup_linear;
  TTotal t_total = TTotal::steps_of_run;
  double weight_decay = 0.01;
  double max_grad_norm = 1.0;  // per parameter tensor; 0 or less: no clipping
  Norm norm = Norm::post;
  double dropout = 0.1;  // in [0, 1); of hidden states, attention probabilities and classifier
  Precision precision = Precision::fp32;
  std::optional<LearnerName> learner;  // nullopt: core/sweep/learner_choice.hpp decides

  friend bool operator==(const TrainingSettings&, const TrainingSettings&) = default;
};

/// A Hugging Face folder, or the dimensions of a model from scratch (then `path` is empty and
/// layers, hidden, heads are set).
struct ModelSpec {
  std::string path;                    // absolute
  std::optional<std::int64_t> layers;  // with a path: takes the first ones
  std::optional<std::int64_t> hidden;  // from scratch only, as are heads, intermediate
  std::optional<std::int64_t> heads;
  std::optional<std::int64_t> intermediate;  // default 4 x hidden
  std::string vocab = "auto";                // from scratch: a vocab.txt (absolute), or "auto"
  std::int64_t vocab_size = 8000;            // of `auto`, at most
  std::optional<bool> lowercase;             // default: tokenizer_config.json's word, else true

  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

/// A column by its index from 0, or by the name in the header (or JSON key).
using ColumnRef = std::variant<std::int64_t, std::string>;

struct DataSpec {
  std::string train;                       // absolute path of a .tsv, .csv or .jsonl
  std::vector<std::string> more_train;     // read behind it, as if they were one file
  std::variant<std::string, double> eval;  // absolute path, or the share split off train
  std::optional<std::string> test;         // evaluated once when a run ends, never to rank
  ColumnRef text;
  std::optional<ColumnRef> text_pair;
  ColumnRef label;
  bool header = false;
  std::optional<Quotes> quotes;  // nullopt: csv in a .csv, text in a .tsv
  Encoding encoding = Encoding::utf_8;
  std::int64_t max_tokens = 128;  // [CLS] and [SEP] included; at least 3

  friend bool operator==(const DataSpec&, const DataSpec&) = default;
};

struct Metric {
  MetricName name = MetricName::flat_accuracy;
  Goal goal = Goal::maximize;
  Take take = Take::last;
  std::string program_name{};  // of `reported`: as the program calls it

  friend bool operator==(const Metric&, const Metric&) = default;
};

using ParameterValue = std::variant<bool, std::int64_t, double, std::string>;

/// Values that are drawn between two bounds, both of which can be drawn.
struct DrawnRange {
  Distribution distribution = Distribution::uniform;
  double min = 0;
  double max = 0;
  double mu = 0;     // of `normal`, as is sigma; the bounds cut it off
  double sigma = 1;  // > 0
  double q = 0;      // > 0: multiples of it only
  bool is_whole = false;

  friend bool operator==(const DrawnRange&, const DrawnRange&) = default;
};

/// That another swept key has one of these values.
struct AxisCondition {
  std::string key;
  std::vector<ParameterValue> values;

  friend bool operator==(const AxisCondition&, const AxisCondition&) = default;
};

/// One swept key and its values, in the file's order. `key` is lr, warmup, epochs, or the bare
/// name of a key of `training` or `model` (batch_size, norm, layers, ...); of a program, any name.
struct Axis {
  std::string key;
  std::vector<ParameterValue> values;
  std::optional<DrawnRange> drawn{};  // instead of values; not in a grid
  /// All must hold, or a level has no value of the key: then the setting's default counts.
  std::vector<AxisCondition> when{};

  friend bool operator==(const Axis&, const Axis&) = default;
};

struct Resources {
  std::vector<std::string> devices;             // "cpu", "cuda:0"; empty: auto
  std::optional<std::int64_t> runs_per_device;  // nullopt: auto
  std::optional<std::int64_t> threads;          // per worker; nullopt: auto (one on CPU)

  friend bool operator==(const Resources&, const Resources&) = default;
};

struct Keep {
  KeepModels models = KeepModels::best;
  KeepCheckpoints checkpoints = KeepCheckpoints::latest;
  KeepPredictions predictions = KeepPredictions::chosen;

  friend bool operator==(const Keep&, const Keep&) = default;
};

/// When a run is given up: by one of `above`, `below` and `no_improvement`, which is set.
/// core/search/stop_rules.hpp says what it means.
struct StopRule {
  std::string metric;           // "eval.loss", or as a program calls it
  std::optional<double> above;  // a value beyond it
  std::optional<double> below;
  std::optional<std::int64_t> no_improvement;  // so many values in a row, none of them a new best
  std::int64_t after = 0;                      // what is reported at an earlier step does not count
  Goal goal = Goal::maximize;                  // of `no_improvement`

  friend bool operator==(const StopRule&, const StopRule&) = default;
};

struct SweepSpec {
  std::string name;
  std::string description;
  Metric metric;
  Method method = Method::grid;
  std::int64_t max_runs = 0;     // replicates included; of methods that draw
  std::vector<Axis> parameters;  // what levels are combinations of
  std::int64_t replicates = 1;
  std::int64_t seed = 1;  // of the first replicate; the next have seed + 1, ...
  DataSpec data;
  ModelSpec model;            // where no axis says otherwise
  TrainingSettings training;  // where no axis says otherwise
  Resources resources;
  std::int64_t max_concurrent = 0;                      // 0: as many as there are devices
  std::int64_t max_restarts = 2;                        // attempts beyond the first
  std::optional<std::chrono::milliseconds> time_limit;  // per run
  Keep keep;
  Share share = Share::prefixes;
  OrderBy order = OrderBy::longest_first;
  std::optional<std::int64_t> priority;  // among other sweeps; nullopt: 0, or as it was
  std::vector<StopRule> stop_when;
  std::optional<Rungs> rungs;  // at which runs are compared and stopped; nullopt: nowhere
  /// Trains instead of the built-in trainer: then `data`, `model` and `training` say nothing.
  std::optional<ProgramSpec> program;
  std::string on_end;  // a shell command; empty: none
  // How long it may take; nullopt: as long as it likes. The default is long enough to copy models
  // over a network, and short enough for a morning.
  std::optional<std::chrono::milliseconds> on_end_limit = std::chrono::minutes(10);

  friend bool operator==(const SweepSpec&, const SweepSpec&) = default;
};

}  // namespace tarama
