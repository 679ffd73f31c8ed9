// Settings that come back as they were, and settings of a newer tarama.
#include "core/sweep/level_settings_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tarama {
namespace {

LevelSettings settings() {
  LevelSettings settings;
  settings.training.lr = 0.1 + 0.2;  // needs all 17 digits
  settings.training.warmup = 1e-320;
  settings.training.norm = Norm::pre;
  settings.model.layers = 3;
  settings.model.lowercase = false;
  return settings;
}

TEST(LevelSettingsJson, ComeBackBitForBit) {
  EXPECT_EQ(level_settings_from_json(to_json(settings())).value(), settings());
}

TEST(LevelSettingsJson, WhatIsMissingTakesItsDefault) {
  EXPECT_EQ(level_settings_from_json(R"({"training":{},"model":{}})").value(), LevelSettings{});
}

TEST(LevelSettingsJson, ASettingOfANewerTaramaIsRefusedByName) {
  for (const auto& [text, name] :
       {std::pair{R"({"training":{"momentum":0.9},"model":{}})", "'training.momentum'"},
        std::pair{R"({"training":{},"model":{"rope":true}})", "'model.rope'"},
        std::pair{R"({"training":{},"model":{},"trainer":{}})", "'trainer'"}}) {
    const auto read = level_settings_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::refused);
    EXPECT_NE(read.error().message.find(name), std::string::npos) << read.error().message;
  }
}

TEST(LevelSettingsJson, WhatIsNoDocumentIsCorrupt) {
  for (const char* text : {"", "[]", "{", R"({"training":7,"model":{}})", R"({"model":{}})"}) {
    const auto read = level_settings_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::corrupt) << text;
  }
}

}  // namespace
}  // namespace tarama
