// A whole sweep as JSON and back.
#include "core/sweep/sweep_spec_json.hpp"

#include "core/sweep/spec_json_parts.hpp"

#include <variant>

namespace tarama {

using spec_json::Json;

namespace {

Json axis_json(const Axis& axis) {
  Json values = Json::array();
  for (const ParameterValue& value : axis.values) {
    std::visit([&](const auto& held) { values.push_back(held); }, value);
  }
  return {{"key", axis.key}, {"values", values}};
}

ParameterValue parameter_of(const Json& json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_integer()) {
    return json.get<std::int64_t>();
  }
  if (json.is_number()) {
    return json.get<double>();
  }
  return json.get<std::string>();
}

Axis axis_of(const Json& json) {
  Axis axis;
  axis.key = json.at("key").get<std::string>();
  for (const Json& value : json.at("values")) {
    axis.values.push_back(parameter_of(value));
  }
  return axis;
}

Json resources_json(const Resources& resources) {
  Json json = {{"devices", resources.devices}};
  if (resources.runs_per_device) {
    json["runs_per_device"] = *resources.runs_per_device;
  }
  if (resources.threads) {
    json["threads"] = *resources.threads;
  }
  return json;
}

Resources resources_of(const Json& json) {
  Resources resources;
  spec_json::read_key(json, "devices", resources.devices);
  if (json.contains("runs_per_device")) {
    resources.runs_per_device = json.at("runs_per_device").get<std::int64_t>();
  }
  if (json.contains("threads")) {
    resources.threads = json.at("threads").get<std::int64_t>();
  }
  return resources;
}

template <class Part>
void read_part(const Json& json, const char* key, Part& part) {
  if (const auto found = json.find(key); found != json.end()) {
    spec_json::read(*found, part);
  }
}

void read_spec(const Json& json, SweepSpec& spec) {
  spec.name = json.at("name").get<std::string>();
  spec_json::read_key(json, "description", spec.description);
  read_part(json, "metric", spec.metric);
  for (const Json& axis : json.at("parameters")) {
    spec.parameters.push_back(axis_of(axis));
  }
  spec_json::read_key(json, "replicates", spec.replicates);
  spec_json::read_key(json, "seed", spec.seed);
  read_part(json, "data", spec.data);
  read_part(json, "model", spec.model);
  read_part(json, "training", spec.training);
  if (json.contains("resources")) {
    spec.resources = resources_of(json.at("resources"));
  }
  spec_json::read_key(json, "max_concurrent", spec.max_concurrent);
  spec_json::read_key(json, "max_restarts", spec.max_restarts);
  if (json.contains("time_limit_ms")) {
    spec.time_limit = std::chrono::milliseconds(json.at("time_limit_ms").get<std::int64_t>());
  }
  read_part(json, "keep", spec.keep);
  spec_json::read_key(json, "on_end", spec.on_end);
  if (const auto limit = json.find("on_end_limit_ms"); limit != json.end()) {
    spec.on_end_limit = limit->is_null()
                            ? std::nullopt
                            : std::optional(std::chrono::milliseconds(limit->get<std::int64_t>()));
  }
}

}  // namespace

std::string to_json(const SweepSpec& spec) {
  Json json = {{"name", spec.name},
               {"description", spec.description},
               {"metric", spec_json::of(spec.metric)},
               {"parameters", Json::array()},
               {"replicates", spec.replicates},
               {"seed", spec.seed},
               {"data", spec_json::of(spec.data)},
               {"model", spec_json::of(spec.model)},
               {"training", spec_json::of(spec.training)},
               {"resources", resources_json(spec.resources)},
               {"max_concurrent", spec.max_concurrent},
               {"max_restarts", spec.max_restarts},
               {"keep", spec_json::of(spec.keep)},
               {"on_end", spec.on_end}};
  for (const Axis& axis : spec.parameters) {
    json["parameters"].push_back(axis_json(axis));
  }
  if (spec.time_limit) {
    json["time_limit_ms"] = static_cast<std::int64_t>(spec.time_limit->count());
  }
  json["on_end_limit_ms"] =
      spec.on_end_limit ? Json(static_cast<std::int64_t>(spec.on_end_limit->count())) : Json();
  return json.dump();
}

Result<SweepSpec> sweep_spec_from_json(const std::string& text) {
  SweepSpec spec;
  const Result<void> read =
      spec_json::parse("stored sweep", text, [&](const Json& json) { read_spec(json, spec); });
  if (!read) {
    return read.error();
  }
  return spec;
}

}  // namespace tarama
