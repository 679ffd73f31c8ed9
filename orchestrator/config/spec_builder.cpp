// From checked values to the SweepSpec; what is not given keeps the default of its struct.
#include "core/search/grid.hpp"
#include "core/sweep/assert.hpp"
#include "core/sweep/enum_names.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/sweep_reading.hpp"

#include <algorithm>
#include <chrono>

namespace tarama::config {

namespace {

// The table of keys says 12h; a SweepSpec without a limit means none.
constexpr std::chrono::milliseconds default_time_limit = std::chrono::hours(12);

/// The checked value of a key as a T, if the file gives it.
template <class T>
std::optional<T> value_of(const SweepReading& reading, const std::string& key) {
  const auto found = reading.values.find(key);
  if (found == reading.values.end()) {
    return std::nullopt;
  }
  const T* const value = std::get_if<T>(&found->second);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

template <class T>
void take(const SweepReading& reading, const std::string& key, T& into) {
  if (const auto value = value_of<T>(reading, key)) {
    into = *value;
  }
}

/// A choice, by its name without the prefix that the file writes before it.
template <class Enum, std::size_t count>
std::optional<Enum> choice_of(const SweepReading& reading,
                              const std::string& key,
                              const std::array<NamedValue<Enum>, count>& table,
                              std::string_view prefix = "") {
  const auto name = value_of<std::string>(reading, key);
  return name ? value_named(table, std::string_view(*name).substr(prefix.size())) : std::nullopt;
}

Metric build_metric(const SweepReading& reading) {
  Metric metric;
  if (reading.program) {
    metric.name = MetricName::reported;
    take(reading, "metric.name", metric.program_name);
    metric.goal = choice_of(reading, "metric.goal", goal_names).value_or(metric.goal);
    metric.take = choice_of(reading, "metric.take", take_names).value_or(metric.take);
    return metric;
  }
  metric.name = choice_of(reading, "metric.name", metric_names, "eval.").value_or(metric.name);
  const Goal usual = metric.name == MetricName::loss ? Goal::minimize : Goal::maximize;
  metric.goal = choice_of(reading, "metric.goal", goal_names).value_or(usual);
  metric.take = choice_of(reading, "metric.take", take_names).value_or(metric.take);
  return metric;
}

std::optional<ColumnRef> build_column(const SweepReading& reading, const std::string& key) {
  if (const auto index = value_of<std::int64_t>(reading, key)) {
    return ColumnRef(*index);
  }
  const auto name = value_of<std::string>(reading, key);
  return name ? std::optional<ColumnRef>(*name) : std::nullopt;
}

DataSpec build_data(const SweepReading& reading) {
  DataSpec data;
  take(reading, "data.train", data.train);
  data.more_train = reading.more_train;
  if (const auto share = value_of<double>(reading, "data.eval")) {
    data.eval = *share;
  } else {
    data.eval = value_of<std::string>(reading, "data.eval").value_or("");
  }
  data.test = value_of<std::string>(reading, "data.test");
  data.text = build_column(reading, "data.text").value_or(data.text);
  data.text_pair = build_column(reading, "data.text_pair");
  data.label = build_column(reading, "data.label").value_or(data.label);
  take(reading, "data.header", data.header);
  data.quotes = choice_of(reading, "data.quotes", quotes_names);
  data.encoding = choice_of(reading, "data.encoding", encoding_names).value_or(data.encoding);
  take(reading, "data.max_tokens", data.max_tokens);
  return data;
}

void build_model_and_training(const SweepReading& reading, SweepSpec& spec) {
  for (const KeyRule& rule : key_rules()) {
    const auto found = reading.values.find(rule.key);
    if (rule.sweeping != Sweeping::possible || found == reading.values.end()) {
      continue;
    }
    const bool is_applied =
        apply_parameter(bare_name(rule.key), found->second, spec.training, spec.model);
    TARAMA_ASSERT(is_applied,
                  "what the table of keys lets pass is a setting of core/search/grid.hpp");
  }
}

/// A duration, or `none`.
void take_limit(const SweepReading& reading,
                const char* key,
                std::optional<std::chrono::milliseconds>& limit) {
  if (const auto given = value_of<std::int64_t>(reading, key)) {
    limit = std::chrono::milliseconds(*given);
  } else if (value_of<std::string>(reading, key)) {
    limit.reset();  // none
  }
}

void build_limits(const SweepReading& reading, SweepSpec& spec) {
  spec.resources.devices = reading.devices;
  spec.resources.runs_per_device = value_of<std::int64_t>(reading, "resources.runs_per_device");
  spec.resources.threads = value_of<std::int64_t>(reading, "resources.threads");
  take(reading, "max_concurrent", spec.max_concurrent);
  take(reading, "max_restarts", spec.max_restarts);
  spec.time_limit = default_time_limit;
  take_limit(reading, "time_limit", spec.time_limit);
}

ProgramSpec build_program(const SweepReading& reading) {
  ProgramSpec program;
  for (const PlacedText& argument : reading.program->command) {
    program.command.push_back(argument.text);
  }
  for (const PlacedText& input : reading.program->inputs) {
    program.inputs.push_back(input.text);
  }
  program.folder = reading.program->folder;
  program.on_log = reading.program->on_log;
  program.metrics =
      choice_of(reading, "trainer.metrics", metrics_from_names).value_or(program.metrics);
  take_limit(reading, "trainer.silence", program.silence);
  if (const auto grace = value_of<std::int64_t>(reading, "trainer.grace")) {
    program.grace = std::chrono::milliseconds(*grace);
  }
  program.memory = value_of<std::int64_t>(reading, "trainer.memory");
  return program;
}

/// What belongs to the built-in trainer alone is off.
void set_program(const SweepReading& reading, SweepSpec& spec) {
  spec.program = build_program(reading);
  spec.keep = {.models = KeepModels::none,
               .checkpoints = KeepCheckpoints::none,
               .predictions = KeepPredictions::none};
  spec.share = Share::none;
}

}  // namespace

std::optional<Refinement> build_refinement(const SweepReading& reading) {
  if (!reading.sections.contains("replicates")) {
    return std::nullopt;
  }
  Refinement asked{.until = value_of<double>(reading, "replicates.until"),
                   .budget = value_of<std::int64_t>(reading, "replicates.budget")};
  take(reading, "replicates.first", asked.first);
  asked.most = value_of<std::int64_t>(reading, "replicates.most")
                   .value_or(std::max(asked.first, asked.most));
  return asked;
}

SweepSpec build_spec(const SweepReading& reading) {
  SweepSpec spec;
  take(reading, "name", spec.name);
  take(reading, "description", spec.description);
  spec.metric = build_metric(reading);
  spec.method = choice_of(reading, "method", method_names).value_or(spec.method);
  take(reading, "max_runs", spec.max_runs);
  spec.parameters = reading.axes;
  take(reading, "replicates", spec.replicates);
  take(reading, "seed", spec.seed);
  spec.data = build_data(reading);
  build_model_and_training(reading, spec);
  build_limits(reading, spec);
  const auto models = choice_of(reading, "keep.models", keep_models_names);
  spec.keep.models = models.value_or(spec.keep.models);
  const auto checkpoints = choice_of(reading, "keep.checkpoints", keep_checkpoints_names);
  spec.keep.checkpoints = checkpoints.value_or(spec.keep.checkpoints);
  const auto predictions = choice_of(reading, "keep.predictions", keep_predictions_names);
  spec.keep.predictions = predictions.value_or(spec.keep.predictions);
  spec.share = choice_of(reading, "share", share_names).value_or(spec.share);
  spec.order = choice_of(reading, "order", order_names).value_or(spec.order);
  spec.priority = value_of<std::int64_t>(reading, "priority");
  for (const PlacedStopRule& placed : reading.stop_when) {
    spec.stop_when.push_back(placed.rule);
  }
  spec.rungs = build_rungs(reading);
  if (spec.rungs) {
    spec.replicates = 1;
    // Drawn levels are in no order, so that those who come to a rung first are like the others.
    spec.order = choice_of(reading, "order", order_names).value_or(OrderBy::as_listed);
  }
  take(reading, "on_end", spec.on_end);
  take_limit(reading, "on_end_limit", spec.on_end_limit);
  if (reading.program) {
    set_program(reading, spec);
  }
  return spec;
}

}  // namespace tarama::config
