// The parts of a spec as JSON, shared by sweeps and jobs.
#include "core/sweep/spec_json_parts.hpp"

#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <stdexcept>
#include <string_view>
#include <variant>

namespace tarama::spec_json {

namespace {

template <class T>
void write_optional(Json& json, const char* key, const std::optional<T>& value) {
  if (value) {
    json[key] = *value;
  }
}

template <class T>
void read_optional(const Json& json, const char* key, std::optional<T>& value) {
  if (const auto found = json.find(key); found != json.end()) {
    value = found->template get<T>();
  }
}

Json of_column(const ColumnRef& column) {
  return std::visit([](const auto& value) { return Json(value); }, column);
}

ColumnRef column_of(const Json& json) {
  if (json.is_number_integer()) {
    return whole(json);
  }
  return json.get<std::string>();
}

}  // namespace

Json of(const TrainingSettings& training) {
  Json json = {{"lr", training.lr},
               {"warmup", training.warmup},
               {"epochs", training.epochs},
               {"batch_size", training.batch_size},
               {"schedule", name_of(training.schedule)},
               {"t_total", name_of(training.t_total)},
               {"weight_decay", training.weight_decay},
               {"max_grad_norm", training.max_grad_norm},
               {"norm", name_of(training.norm)},
               {"dropout", training.dropout},
               {"precision", name_of(training.precision)}};
  if (training.learner) {
    json["learner"] = name_of(*training.learner);
  }
  return json;
}

void read(const Json& json, TrainingSettings& training) {
  read_key(json, "lr", training.lr);
  read_key(json, "warmup", training.warmup);
  read_key(json, "epochs", training.epochs);
  read_key(json, "batch_size", training.batch_size);
  read_name(json, "schedule", schedule_names, training.schedule);
  read_name(json, "t_total", t_total_names, training.t_total);
  read_key(json, "weight_decay", training.weight_decay);
  read_key(json, "max_grad_norm", training.max_grad_norm);
  read_name(json, "norm", norm_names, training.norm);
  read_key(json, "dropout", training.dropout);
  read_name(json, "precision", precision_names, training.precision);
  read_name(json, "learner", learner_names, training.learner);
}

Json of(const ModelSpec& model) {
  Json json = {{"path", model.path}, {"vocab", model.vocab}, {"vocab_size", model.vocab_size}};
  write_optional(json, "layers", model.layers);
  write_optional(json, "hidden", model.hidden);
  write_optional(json, "heads", model.heads);
  write_optional(json, "intermediate", model.intermediate);
  write_optional(json, "lowercase", model.lowercase);
  return json;
}

void read(const Json& json, ModelSpec& model) {
  read_key(json, "path", model.path);
  read_key(json, "vocab", model.vocab);
  read_key(json, "vocab_size", model.vocab_size);
  read_optional(json, "layers", model.layers);
  read_optional(json, "hidden", model.hidden);
  read_optional(json, "heads", model.heads);
  read_optional(json, "intermediate", model.intermediate);
  read_optional(json, "lowercase", model.lowercase);
}

Json of(const DataSpec& data) {
  Json json = {{"train", data.train}};
  if (!data.more_train.empty()) {
    json["more_train"] = data.more_train;
  }
  json["eval"] = std::visit([](const auto& value) { return Json(value); }, data.eval);
  write_optional(json, "test", data.test);
  json["text"] = of_column(data.text);
  if (data.text_pair) {
    json["text_pair"] = of_column(*data.text_pair);
  }
  json["label"] = of_column(data.label);
  json["header"] = data.header;
  if (data.quotes) {
    json["quotes"] = name_of(*data.quotes);
  }
  if (data.encoding != Encoding::utf_8) {
    json["encoding"] = name_of(data.encoding);
  }
  json["max_tokens"] = data.max_tokens;
  return json;
}

void read(const Json& json, DataSpec& data) {
  read_key(json, "train", data.train);
  read_key(json, "more_train", data.more_train);
  if (const auto eval = json.find("eval"); eval != json.end()) {
    if (eval->is_number()) {
      data.eval = eval->get<double>();
    } else {
      data.eval = eval->get<std::string>();
    }
  }
  read_optional(json, "test", data.test);
  if (const auto column = json.find("text"); column != json.end()) {
    data.text = column_of(*column);
  }
  if (const auto column = json.find("text_pair"); column != json.end()) {
    data.text_pair = column_of(*column);
  }
  if (const auto column = json.find("label"); column != json.end()) {
    data.label = column_of(*column);
  }
  read_key(json, "header", data.header);
  read_name(json, "quotes", quotes_names, data.quotes);
  read_name(json, "encoding", encoding_names, data.encoding);
  read_key(json, "max_tokens", data.max_tokens);
}

Json of(const Metric& metric) {
  if (metric.name == MetricName::reported) {
    return {{"reported", metric.program_name},
            {"goal", name_of(metric.goal)},
            {"take", name_of(metric.take)}};
  }
  return {{"name", name_of(metric.name)},
          {"goal", name_of(metric.goal)},
          {"take", name_of(metric.take)}};
}

void read(const Json& json, Metric& metric) {
  read_name(json, "name", metric_names, metric.name);
  if (json.contains("reported")) {
    metric.name = MetricName::reported;
    read_key(json, "reported", metric.program_name);
  }
  read_name(json, "goal", goal_names, metric.goal);
  read_name(json, "take", take_names, metric.take);
}

Json of(const Keep& keep) {
  return {{"models", name_of(keep.models)},
          {"checkpoints", name_of(keep.checkpoints)},
          {"predictions", name_of(keep.predictions)}};
}

void read(const Json& json, Keep& keep) {
  read_name(json, "models", keep_models_names, keep.models);
  read_name(json, "checkpoints", keep_checkpoints_names, keep.checkpoints);
  read_name(json, "predictions", keep_predictions_names, keep.predictions);
}

void read(const Json& json, Share& share) {
  read_name(json, "share", share_names, share);
}

Json of(const ProgramSpec& program) {
  Json json = {{"command", program.command},
               {"folder", program.folder},
               {"metrics", name_of(program.metrics)},
               {"inputs", program.inputs},
               {"grace_ms", static_cast<std::int64_t>(program.grace.count())},
               {"on_log", Json::array()}};
  if (program.silence) {
    json["silence_ms"] = static_cast<std::int64_t>(program.silence->count());
  }
  if (program.memory) {
    json["memory_bytes"] = *program.memory;
  }
  for (const LogRule& rule : program.on_log) {
    json["on_log"].push_back({{"text", rule.text}, {"class", name_of(rule.failure)}});
  }
  return json;
}

void read(const Json& json, std::optional<ProgramSpec>& program) {
  const auto found = json.find("program");
  if (found == json.end()) {
    return;
  }
  ProgramSpec& read_program = program.emplace();
  read_program.command = found->at("command").get<std::vector<std::string>>();
  read_program.folder = found->at("folder").get<std::string>();
  read_name(*found, "metrics", metrics_from_names, read_program.metrics);
  read_key(*found, "inputs", read_program.inputs);
  read_program.grace = std::chrono::milliseconds(whole(found->at("grace_ms")));
  read_program.silence.reset();
  if (found->contains("silence_ms")) {
    read_program.silence = std::chrono::milliseconds(whole(found->at("silence_ms")));
  }
  if (found->contains("memory_bytes")) {
    read_program.memory = whole(found->at("memory_bytes"));
  }
  for (const Json& rule : found->value("on_log", Json::array())) {
    const auto failure = failure_class_named(rule.at("class").get<std::string>());
    read_program.on_log.push_back(
        {rule.at("text").get<std::string>(), failure.value_or(FailureClass::program_error)});
  }
}

Result<void> parse(const std::string& what,
                   const std::string& text,
                   const std::function<void(const Json&)>& fill) {
  try {
    const Json json = Json::parse(text);
    if (!json.is_object()) {
      return Error{Errc::corrupt, fmt::format("{}: expected a JSON object", what)};
    }
    fill(json);
    return {};
  } catch (const std::exception& problem) {
    return Error{Errc::corrupt, fmt::format("{}: {}", what, problem.what())};
  }
}

}  // namespace tarama::spec_json
