// A level's settings as the JSON that its row in the store holds, and back.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <string>

namespace tarama {

/// What decides how a level is trained, beside its inputs.
struct LevelSettings {
  TrainingSettings training;
  ModelSpec model;

  friend bool operator==(const LevelSettings&, const LevelSettings&) = default;
};

/// {"training": {...}, "model": {...}}, every setting named, doubles by their shortest form that
/// reads back as the same bits.
[[nodiscard]] std::string to_json(const LevelSettings& settings);

/// `corrupt` for what is no such document, and `refused` for a setting that this tarama does not
/// know: trained without it, the level would be another. Settings that are missing take their
/// defaults.
[[nodiscard]] Result<LevelSettings> level_settings_from_json(const std::string& text);

}  // namespace tarama
