// Rows, put together.
#include "cli/export/exported_sweep.hpp"

#include "core/sweep/sweep_spec_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

ParameterValue value_of(const ordered_json& json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_integer()) {
    return json.get<std::int64_t>();
  }
  return json.is_number() ? ParameterValue(json.get<double>()) : json.get<std::string>();
}

/// Adds what `params` has to the axes.
Result<Parameters> read_parameters(const db::RunInfo& run, std::vector<Axis>& axes) {
  const ordered_json json = ordered_json::parse(run.params, nullptr, false);
  Parameters parameters;
  if (!json.is_object()) {
    return Error{Errc::corrupt,
                 fmt::format("run {}: its parameters are no JSON object: {}", run.run, run.params)};
  }
  for (const auto& [name, value] : json.items()) {
    if (!value.is_primitive() || value.is_null()) {
      return Error{Errc::corrupt,
                   fmt::format("run {}: {} is no value: {}", run.run, name, value.dump())};
    }
    const ParameterValue parameter = value_of(value);
    parameters[name] = parameter;
    auto axis = std::ranges::find(axes, name, &Axis::key);
    if (axis == axes.end()) {
      axes.push_back({name, {}});
      axis = std::prev(axes.end());
    }
    if (std::ranges::find(axis->values, parameter) == axis->values.end()) {
      axis->values.push_back(parameter);
    }
  }
  return parameters;
}

Result<void> read_times(const db::ReadStore& store, ExportedRun& run) {
  const auto attempts = store.attempts(run.info.run);
  if (!attempts) {
    return attempts.error();
  }
  for (const db::AttemptInfo& attempt : *attempts) {
    if (!run.started_at) {
      run.started_at = attempt.started_at;
    }
    run.ended_at = attempt.ended_at;
    run.device = attempt.device.value_or("");
  }
  return {};
}

/// From where the values of an axis were drawn, where its file says so.
void take_ranges(ExportedSweep& exported) {
  const auto spec = sweep_spec_from_json(exported.info.spec);
  if (!spec) {
    return;
  }
  for (Axis& axis : exported.axes) {
    if (const auto asked = std::ranges::find(spec->parameters, axis.key, &Axis::key);
        asked != spec->parameters.end()) {
      axis.drawn = asked->drawn;
    }
  }
}

}  // namespace

Result<ExportedSweep> read_for_export(const db::ReadStore& store, SweepId sweep) {
  auto info = store.sweep(sweep);
  if (!info) {
    return info.error();
  }
  const auto runs = store.runs(sweep);
  if (!runs) {
    return runs.error();
  }
  ExportedSweep exported{.info = std::move(*info), .axes = {}, .runs = {}};
  for (const db::RunInfo& run : *runs) {
    auto parameters = read_parameters(run, exported.axes);
    if (!parameters) {
      return parameters.error();
    }
    exported.runs.push_back({.info = run,
                             .parameters = std::move(*parameters),
                             .started_at = {},
                             .ended_at = {},
                             .device = {}});
    if (const auto read = read_times(store, exported.runs.back()); !read) {
      return read.error();
    }
  }
  take_ranges(exported);
  return exported;
}

}  // namespace tarama::cli
