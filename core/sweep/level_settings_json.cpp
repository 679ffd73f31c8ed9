// Settings by the tables that sweep and job documents share; unknown keys are refused by name.
#include "core/sweep/level_settings_json.hpp"

#include "core/sweep/spec_json_parts.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace tarama {
namespace {

using spec_json::Json;

/// Of the object `part` of a level's settings: a key that `known` lacks.
std::optional<std::string> unknown_key(const Json& json, const Json& known) {
  for (const auto& [key, value] : json.items()) {
    if (!known.contains(key)) {
      return key;
    }
  }
  return std::nullopt;
}

// With every optional setting there, for the names of the keys.
Json all_model_keys() {
  ModelSpec model;
  model.layers = model.hidden = model.heads = model.intermediate = 1;
  model.lowercase = true;
  return spec_json::of(model);
}

Json all_training_keys() {
  TrainingSettings training;
  training.learner = LearnerName::torch;
  return spec_json::of(training);
}

std::optional<std::string> unknown_setting(const Json& json) {
  const Json known = {{"training", all_training_keys()}, {"model", all_model_keys()}};
  if (auto key = unknown_key(json, known)) {
    return key;
  }
  for (const auto& [part, settings] : json.items()) {
    if (!settings.is_object()) {
      throw std::invalid_argument(fmt::format("{}: expected an object", part));
    }
    if (auto key = unknown_key(settings, known.at(part))) {
      return fmt::format("{}.{}", part, *key);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string to_json(const LevelSettings& settings) {
  return Json{{"training", spec_json::of(settings.training)},
              {"model", spec_json::of(settings.model)}}
      .dump();
}

Result<LevelSettings> level_settings_from_json(const std::string& text) {
  LevelSettings settings;
  std::optional<std::string> unknown;
  const Result<void> read = spec_json::parse("a level's settings", text, [&](const Json& json) {
    unknown = unknown_setting(json);
    if (!unknown) {
      spec_json::read(json.at("training"), settings.training);
      spec_json::read(json.at("model"), settings.model);
    }
  });
  if (!read) {
    return read.error();
  }
  if (unknown) {
    return Error{Errc::refused,
                 fmt::format("a level has the setting '{}', which this tarama does not know; the "
                             "sweep goes on with the version that submitted it",
                             *unknown)};
  }
  return settings;
}

}  // namespace tarama
