// Folders of before config.json told the architecture: it is known by the tensors, and nothing of
// another kind is taken for it.
#include "input/model/folder_config.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::input {
namespace {

using testing::HasSubstr;

class OldConfig : public InputFolder {
 protected:
  void write_old(Norm norm, const std::string& name = "config.json") const {
    ModelConfig config = small_config();
    config.norm = norm;
    write_model(config);
    nlohmann::json json = config_json(config);
    json.erase("model_type");
    std::filesystem::remove(path("model/config.json"));
    write("model/" + name, json.dump());
  }

  void rename_tensors(const std::string& from, const std::string& to) const {
    ModelWeights renamed;
    for (auto& [name, array] : initial_weights(small_config(), 1)) {
      std::string other = name;
      if (const auto at = other.find(from); at != std::string::npos) {
        other.replace(at, from.size(), to);
      }
      renamed.emplace(std::move(other), array);
    }
    write("model/model.safetensors", to_safetensors(renamed));
  }

  [[nodiscard]] std::string problem() const {
    const auto read = read_folder_config(path("model"));
    return read ? "" : read.error().message;
  }
};

TEST_F(OldConfig, IsOfTheArchitectureOfItsTensors) {
  for (const Norm norm : {Norm::post, Norm::pre}) {
    write_old(norm);
    ASSERT_EQ(problem(), "");
    EXPECT_EQ(read_folder_config(path("model"))->config.norm, norm);
  }
}

TEST_F(OldConfig, MayBeTheOneThatGoogleWrote) {
  write_old(Norm::post, "bert_config.json");

  EXPECT_EQ(prepare(from_folder()).problems, std::vector<Problem>{});
}

TEST_F(OldConfig, IsOfABareModelOfFormerNamesToo) {
  write_old(Norm::post);
  rename_tensors("LayerNorm.weight", "LayerNorm.gamma");
  EXPECT_EQ(problem(), "");
  rename_tensors("bert.", "");
  EXPECT_EQ(problem(), "");
}

TEST_F(OldConfig, IsNotTakenForBertWhereTheTensorsAreOthers) {
  write_old(Norm::post);
  rename_tensors("bert.", "roberta.");
  EXPECT_THAT(problem(), HasSubstr("the tensors are not those of BERT or Megatron-BERT"));
  rename_tensors("token_type_embeddings", "x_position_embeddings");
  EXPECT_THAT(problem(), HasSubstr("'bert.embeddings.x_position_embeddings.weight' is one"));
  rename_tensors("attention.self.query", "attention.q_lin");
  EXPECT_THAT(problem(), HasSubstr("'encoder.layer.0.attention.self.query.weight' is missing"));
}

TEST_F(OldConfig, IsOfTheClassThatItNames) {
  write_old(Norm::post);
  nlohmann::json json = config_json(small_config());
  json.erase("model_type");
  json["architectures"] = {"RobertaForMaskedLM"};
  write("model/config.json", json.dump());

  EXPECT_THAT(problem(), HasSubstr("'architectures' names \"RobertaForMaskedLM\""));
}

}  // namespace
}  // namespace tarama::input
