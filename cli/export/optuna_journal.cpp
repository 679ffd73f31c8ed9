// Optuna's records: operation 0 makes a study, 2 sets an attribute of it, 4 makes a trial, whole.
#include "cli/export/optuna_journal.hpp"

#include "core/statistics/metric_value.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"
#include "documents/reported_names.hpp"
#include "documents/run_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

enum class Operation { create_study = 0, set_study_user_attr = 2, create_trial = 4 };
enum class TrialState { running = 0, complete = 1, pruned = 2, fail = 3, waiting = 4 };
enum class Direction { minimize = 1, maximize = 2 };

ordered_json record(Operation operation) {
  // Another worker's: Optuna then takes no record for one of the process that reads.
  return {{"op_code", static_cast<int>(operation)}, {"worker_id", "tarama-export"}};
}

bool is_number_axis(const Axis& axis) {
  return std::ranges::all_of(
      axis.values, [](const ParameterValue& value) { return number_of(value).has_value(); });
}

ordered_json int_distribution(double low, double high, double step, bool is_log) {
  return {{"name", "IntDistribution"},
          {"attributes",
           {{"log", is_log},
            {"step", static_cast<std::int64_t>(step)},
            {"low", static_cast<std::int64_t>(low)},
            {"high", static_cast<std::int64_t>(high)}}}};
}

ordered_json float_distribution(double low, double high, std::optional<double> step, bool is_log) {
  return {{"name", "FloatDistribution"},
          {"attributes",
           {{"step", step ? ordered_json(*step) : ordered_json(nullptr)},
            {"low", low},
            {"high", high},
            {"log", is_log}}}};
}

/// The range that values were drawn from. Optuna has no normal distribution, and no logarithm of
/// what goes in steps.
ordered_json distribution_of(const DrawnRange& range) {
  const bool is_log = range.distribution == Distribution::log_uniform;
  if (range.q > 0 || range.is_whole) {
    const double step = range.q > 0 ? range.q : 1;
    const double low = std::ceil(range.min / step) * step;
    const double high = std::floor(range.max / step) * step;
    return range.is_whole ? int_distribution(low, high, step, is_log && step == 1)
                          : float_distribution(low, high, step, false);
  }
  return float_distribution(range.min, range.max, std::nullopt, is_log);
}

/// Numbers as a range, so that Optuna draws them on an axis; all else as choices.
ordered_json distribution_of(const Axis& axis) {
  if (axis.drawn) {
    return distribution_of(*axis.drawn);
  }
  if (!is_number_axis(axis)) {
    ordered_json choices = ordered_json::array();
    for (const ParameterValue& value : axis.values) {
      choices.push_back(ordered_json::parse(json_of(value)));
    }
    return {{"name", "CategoricalDistribution"}, {"attributes", {{"choices", choices}}}};
  }
  std::vector<double> numbers;
  for (const ParameterValue& value : axis.values) {
    numbers.push_back(*number_of(value));
  }
  const auto [low, high] = std::ranges::minmax(numbers);
  const bool is_whole = std::ranges::all_of(axis.values, [](const ParameterValue& value) {
    return std::holds_alternative<std::int64_t>(value);
  });
  if (is_whole) {
    return int_distribution(low, high, 1, false);
  }
  // A decade or more is what people space by factors.
  return float_distribution(low, high, std::nullopt, low > 0 && high >= 10 * low);
}

/// As Optuna stores it: a choice by its number.
ordered_json internal_value(const Axis& axis, const ParameterValue& value) {
  if (is_number_axis(axis)) {
    return ordered_json::parse(json_of(value));
  }
  return std::ranges::find(axis.values, value) - axis.values.begin();
}

TrialState trial_state(RunState state) {
  switch (state) {
    case RunState::pending:
      return TrialState::waiting;
    case RunState::leased:
    case RunState::running:
    case RunState::cancelling:
      return TrialState::running;
    case RunState::succeeded:
      return TrialState::complete;
    case RunState::stopped:
      return TrialState::pruned;
    case RunState::failed:
    case RunState::cancelled:
      return TrialState::fail;
  }
  return TrialState::fail;
}

/// "2026-11-23T12:05:02+00:00": Python before 3.11 reads no Z.
std::string utc_text(TimePoint moment) {
  std::string text = moment_text(moment);
  text.pop_back();
  return text + "+00:00";
}

ordered_json attributes_of(const ExportedRun& run) {
  ordered_json attributes = {{"run", run.info.run.value},
                             {"level", run.info.plan.level.value},
                             {"replicate", run.info.plan.replicate},
                             {"seed", run.info.plan.seed},
                             {"state", name_of(run.info.standing.state)},
                             {"attempts", run.info.standing.attempt.value}};
  if (run.info.standing.failure) {
    attributes["failure_class"] = name_of(*run.info.standing.failure);
    attributes["message"] = run.info.standing.message;
  }
  if (run.info.train_seconds) {
    attributes["train_seconds"] = *run.info.train_seconds;
  }
  if (!run.device.empty()) {
    attributes["device"] = run.device;
  }
  return attributes;
}

/// Of a program's rows (step, value).
struct ReportedValuesSink : db::RowSink {
  ordered_json values = ordered_json::object();

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto* const value = std::get_if<double>(&cells.at(1));
    if (value != nullptr && std::isfinite(*value)) {
      values[std::to_string(std::get<std::int64_t>(cells.at(0)))] = *value;
    }
    return Next::go_on;
  }
};

Result<ordered_json> values_by_step(const db::ReadStore& store,
                                    const ExportedRun& run,
                                    const std::string& name) {
  ReportedValuesSink sink;
  const auto read = store.query(
      fmt::format("SELECT step, value FROM reported WHERE run_id = {} AND name = {} ORDER BY step",
                  run.info.run,
                  sql_text(name)),
      sink);
  if (!read) {
    return read.error();
  }
  return Result<ordered_json>(boost::system::in_place_value, std::move(sink.values));
}

Result<ordered_json> values_by_epoch(const db::ReadStore& store,
                                     const ExportedRun& run,
                                     MetricName metric) {
  const auto evals = store.evals(run.info.run);
  if (!evals) {
    return evals.error();
  }
  ordered_json values = ordered_json::object();
  for (const EvalRow& row : *evals) {
    const double value = value_of(row, metric);
    if (row.split == Split::eval && std::isfinite(value)) {
      values[std::to_string(row.epoch)] = value;
    }
  }
  return Result<ordered_json>(boost::system::in_place_value, std::move(values));
}

Result<ordered_json> trial_of(const db::ReadStore& store,
                              const ExportedSweep& sweep,
                              const ExportedRun& run) {
  const Metric& metric = sweep.info.metric;
  const auto intermediate = metric.name == MetricName::reported
                                ? values_by_step(store, run, metric.program_name)
                                : values_by_epoch(store, run, metric.name);
  if (!intermediate) {
    return intermediate.error();
  }
  TrialState state = trial_state(run.info.standing.state);
  const bool has_value = run.info.metric && std::isfinite(*run.info.metric);
  if (state == TrialState::complete && !has_value) {
    state = TrialState::fail;  // Optuna has no complete trial without a number
  }
  ordered_json trial = record(Operation::create_trial);
  trial["study_id"] = 0;
  trial["state"] = static_cast<int>(state);
  trial["value"] = has_value ? ordered_json(*run.info.metric) : ordered_json();
  trial["values"] = nullptr;
  trial["datetime_start"] =
      run.started_at ? ordered_json(utc_text(*run.started_at)) : ordered_json();
  if (is_terminal(run.info.standing.state)) {
    trial["datetime_complete"] =
        utc_text(run.ended_at.value_or(run.started_at.value_or(sweep.info.submitted_at)));
  }
  ordered_json distributions = ordered_json::object();
  ordered_json parameters = ordered_json::object();
  for (const Axis& axis : sweep.axes) {
    if (const auto value = run.parameters.find(axis.key); value != run.parameters.end()) {
      distributions[axis.key] = distribution_of(axis).dump();
      parameters[axis.key] = internal_value(axis, value->second);
    }
  }
  trial["distributions"] = std::move(distributions);
  trial["params"] = std::move(parameters);
  trial["user_attrs"] = attributes_of(run);
  trial["system_attrs"] = ordered_json::object();
  trial["intermediate_values"] = *intermediate;
  return Result<ordered_json>(boost::system::in_place_value, std::move(trial));
}

std::string line_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<void> write_optuna_journal(std::ostream& out,
                                  const db::ReadStore& store,
                                  const ExportedSweep& sweep) {
  const Direction direction =
      sweep.info.metric.goal == Goal::maximize ? Direction::maximize : Direction::minimize;
  ordered_json study = record(Operation::create_study);
  study["study_name"] = sweep.info.name;
  study["directions"] = {static_cast<int>(direction)};
  out << line_of(study);
  const ordered_json attributes = {{"metric",
                                    sweep.info.metric.name == MetricName::reported
                                        ? sweep.info.metric.program_name
                                        : std::string(name_of(sweep.info.metric.name))},
                                   {"sweep", sweep.info.sweep.value},
                                   {"tarama", sweep.info.version}};
  for (const auto& [name, value] : attributes.items()) {
    ordered_json attribute = record(Operation::set_study_user_attr);
    attribute["study_id"] = 0;
    attribute["user_attr"] = {{name, value}};
    out << line_of(attribute);
  }
  for (const ExportedRun& run : sweep.runs) {
    const auto trial = trial_of(store, sweep, run);
    if (!trial) {
      return trial.error();
    }
    out << line_of(*trial);
  }
  return {};
}

}  // namespace tarama::cli
