// A whole sweep as JSON and back.
#include "core/sweep/sweep_spec_json.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/spec_json_parts.hpp"

#include <stdexcept>
#include <variant>

namespace tarama {

using spec_json::Json;

namespace {

Json values_json(const std::vector<ParameterValue>& values) {
  Json json = Json::array();
  for (const ParameterValue& value : values) {
    std::visit([&](const auto& held) { json.push_back(held); }, value);
  }
  return json;
}

Json range_json(const DrawnRange& range) {
  return {{"distribution", name_of(range.distribution)},
          {"min", range.min},
          {"max", range.max},
          {"mu", range.mu},
          {"sigma", range.sigma},
          {"q", range.q},
          {"is_whole", range.is_whole}};
}

Json axis_json(const Axis& axis) {
  Json json = {{"key", axis.key}, {"values", values_json(axis.values)}};
  if (axis.drawn) {
    json["drawn"] = range_json(*axis.drawn);
  }
  for (const AxisCondition& condition : axis.when) {
    json["when"].push_back({{"key", condition.key}, {"values", values_json(condition.values)}});
  }
  return json;
}

ParameterValue parameter_of(const Json& json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_integer()) {
    return spec_json::whole(json);
  }
  if (json.is_number()) {
    return json.get<double>();
  }
  return json.get<std::string>();
}

std::vector<ParameterValue> values_of(const Json& json) {
  std::vector<ParameterValue> values;
  for (const Json& value : json) {
    values.push_back(parameter_of(value));
  }
  return values;
}

DrawnRange range_of(const Json& json) {
  DrawnRange range;
  spec_json::read_name(json, "distribution", distribution_names, range.distribution);
  spec_json::read_key(json, "min", range.min);
  spec_json::read_key(json, "max", range.max);
  spec_json::read_key(json, "mu", range.mu);
  spec_json::read_key(json, "sigma", range.sigma);
  spec_json::read_key(json, "q", range.q);
  spec_json::read_key(json, "is_whole", range.is_whole);
  return range;
}

Axis axis_of(const Json& json) {
  Axis axis{.key = json.at("key").get<std::string>(), .values = values_of(json.at("values"))};
  if (const auto drawn = json.find("drawn"); drawn != json.end()) {
    axis.drawn = range_of(*drawn);
  }
  for (const Json& condition : json.value("when", Json::array())) {
    axis.when.push_back(
        {condition.at("key").get<std::string>(), values_of(condition.at("values"))});
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
    resources.runs_per_device = spec_json::whole(json.at("runs_per_device"));
  }
  if (json.contains("threads")) {
    resources.threads = spec_json::whole(json.at("threads"));
  }
  return resources;
}

Json rule_json(const StopRule& rule) {
  Json json = {{"metric", rule.metric}, {"after", rule.after}, {"goal", name_of(rule.goal)}};
  if (rule.above) {
    json["above"] = *rule.above;
  }
  if (rule.below) {
    json["below"] = *rule.below;
  }
  if (rule.no_improvement) {
    json["no_improvement"] = *rule.no_improvement;
  }
  return json;
}

StopRule rule_of(const Json& json) {
  StopRule rule;
  rule.metric = json.at("metric").get<std::string>();
  spec_json::read_key(json, "after", rule.after);
  spec_json::read_name(json, "goal", goal_names, rule.goal);
  if (json.contains("above")) {
    rule.above = json.at("above").get<double>();
  }
  if (json.contains("below")) {
    rule.below = json.at("below").get<double>();
  }
  if (json.contains("no_improvement")) {
    rule.no_improvement = spec_json::whole(json.at("no_improvement"));
  }
  return rule;
}

Json rungs_json(const Rungs& rungs) {
  Json json = {{"eta", rungs.eta}, {"first", rungs.first}, {"brackets", rungs.brackets}};
  json["end"] = rungs.end ? Json(*rungs.end) : Json();
  if (!rungs.restart.empty()) {
    json["restart"] = rungs.restart;
  }
  return json;
}

Rungs rungs_of(const Json& json) {
  Rungs rungs;
  rungs.eta = spec_json::whole(json.at("eta"));
  rungs.first = json.at("first").get<double>();
  rungs.brackets = spec_json::whole(json.at("brackets"));
  rungs.end.reset();
  if (const Json& end = json.at("end"); !end.is_null()) {
    rungs.end = end.get<double>();
  }
  if (json.contains("restart")) {
    rungs.restart = json.at("restart").get<std::string>();
  }
  if (rungs.eta < 2 || !(rungs.first > 0) || rungs.brackets < 1 || rungs.brackets > most_brackets) {
    throw std::invalid_argument("rungs: expected eta of 2 at least, first above 0, and brackets");
  }
  constexpr double most = 1e9;  // of what grows: whole numbers stay exact
  const double whole = rungs.end.value_or(0);
  if (!rungs.restart.empty() && !(whole >= 1 && whole <= most && rungs.first <= most)) {
    throw std::invalid_argument("rungs: expected an end in 1..1000000000 for what grows");
  }
  return rungs;
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
  spec_json::read_name(json, "method", method_names, spec.method);
  spec_json::read_key(json, "max_runs", spec.max_runs);
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
    spec.time_limit = std::chrono::milliseconds(spec_json::whole(json.at("time_limit_ms")));
  }
  read_part(json, "keep", spec.keep);
  spec_json::read(json, spec.share);
  spec_json::read_name(json, "order", order_names, spec.order);
  for (const Json& rule : json.value("stop_when", Json::array())) {
    spec.stop_when.push_back(rule_of(rule));
  }
  if (json.contains("rungs")) {
    spec.rungs = rungs_of(json.at("rungs"));
  }
  if (json.contains("priority")) {
    spec.priority = spec_json::whole(json.at("priority"));
  }
  spec_json::read(json, spec.program);
  spec_json::read_key(json, "on_end", spec.on_end);
  if (const auto limit = json.find("on_end_limit_ms"); limit != json.end()) {
    spec.on_end_limit = limit->is_null()
                            ? std::nullopt
                            : std::optional(std::chrono::milliseconds(spec_json::whole(*limit)));
  }
}

}  // namespace

std::string to_json(const SweepSpec& spec) {
  Json json = {{"name", spec.name},
               {"description", spec.description},
               {"metric", spec_json::of(spec.metric)},
               {"method", name_of(spec.method)},
               {"max_runs", spec.max_runs},
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
               {"share", name_of(spec.share)},
               {"order", name_of(spec.order)},
               {"on_end", spec.on_end}};
  for (const Axis& axis : spec.parameters) {
    json["parameters"].push_back(axis_json(axis));
  }
  if (spec.program) {
    json["program"] = spec_json::of(*spec.program);
  }
  for (const StopRule& rule : spec.stop_when) {
    json["stop_when"].push_back(rule_json(rule));
  }
  if (spec.rungs) {
    json["rungs"] = rungs_json(*spec.rungs);
  }
  if (spec.priority) {
    json["priority"] = *spec.priority;
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
