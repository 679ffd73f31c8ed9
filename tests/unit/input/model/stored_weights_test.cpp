// A folder's weights in each of their forms: one file, shards, names with the words of wrappers.
#include "input/model/stored_weights.hpp"

#include "input/model/tensor_names.hpp"
#include "input/model_report.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <gmock/gmock.h>

namespace tarama::input {
namespace {

using testing::HasSubstr;

ModelWeights renamed(const ModelWeights& weights, const std::string& prefix) {
  ModelWeights others;
  for (const auto& [name, array] : weights) {
    others.emplace(prefix + name, array);
  }
  return others;
}

class StoredWeightsOfAFolder : public InputFolder {
 protected:
  StoredWeightsOfAFolder() : weights_(initial_weights(small_config(), 1)) { write_model(); }

  /// The weights in two shards with their index.
  void write_shards() const {
    ModelWeights shards[2];
    nlohmann::json map;
    for (const auto& [name, array] : weights_) {
      const std::size_t shard = map.size() % 2;
      shards[shard].emplace(name, array);
      map[name] = fmt::format("model-{}.safetensors", shard);
    }
    write("model/model-0.safetensors", to_safetensors(shards[0]));
    write("model/model-1.safetensors", to_safetensors(shards[1]));
    write("model/model.safetensors.index.json",
          nlohmann::json{{"metadata", {}}, {"weight_map", map}}.dump());
    std::filesystem::remove(path("model/model.safetensors"));
  }

  [[nodiscard]] ModelWeights loaded() const {
    ModelSpec model;
    model.path = path("model");
    const auto weights = load_weights(model, small_config());
    EXPECT_TRUE(weights) << weights.error().message;
    return weights ? **weights : ModelWeights{};
  }

  [[nodiscard]] std::string problem() const {
    const PrepareOutcome outcome = prepare(from_folder());
    return outcome.problems.empty() ? "" : outcome.problems.front().message;
  }

  ModelWeights weights_;
};

TEST_F(StoredWeightsOfAFolder, AreReadFromShards) {
  write_shards();

  EXPECT_EQ(problem(), "");
  EXPECT_EQ(loaded(), weights_);
}

TEST_F(StoredWeightsOfAFolder, ChangeTheFingerprintWithEachShard) {
  write_shards();
  const std::string before = prepare(from_folder()).prepared->model_fingerprint;
  std::string shard = read_file(path("model/model-1.safetensors"));
  shard.back() ^= 1;
  write("model/model-1.safetensors", shard);

  EXPECT_NE(prepare(from_folder()).prepared->model_fingerprint, before);
}

TEST_F(StoredWeightsOfAFolder, AreReadThroughTheNamesOfWrappers) {
  for (const char* const prefix :
       {"module.", "_orig_mod.", "model.", "_orig_mod.module.", "module.model."}) {
    write_model(small_config(), renamed(weights_, prefix));
    EXPECT_EQ(loaded(), weights_) << prefix;
  }
}

TEST_F(StoredWeightsOfAFolder, AreCountedWithWhatIsNotTheModels) {
  EXPECT_EQ(*tensors_of_model(path("model")),
            fmt::format("{}: all of its {} tensors are used",
                        path("model/model.safetensors").string(),
                        weights_.size()));
  ModelWeights more = weights_;
  more["cls.predictions.bias"] = {{2}, {1, 2}};
  more["bert.embeddings.position_ids"] = {{1}, {1}};
  write_model(small_config(), more);

  EXPECT_EQ(*tensors_of_model(path("model")),
            fmt::format("{}: {} of its {} tensors are used, not 'bert.embeddings.position_ids', "
                        "for one",
                        path("model/model.safetensors").string(),
                        weights_.size(),
                        more.size()));
  EXPECT_EQ(tensors_of_model("/nowhere"), std::nullopt);
}

TEST_F(StoredWeightsOfAFolder, WithAnAdapterBesideThemWarnThatItIsNotApplied) {
  write("model/adapter_model.safetensors", "x");

  const PrepareOutcome outcome = prepare(from_folder());

  ASSERT_TRUE(outcome.prepared);
  EXPECT_TRUE(std::ranges::any_of(outcome.prepared->warnings, [](const Warning& warning) {
    return warning.code == "adapter_ignored";
  }));
}

TEST_F(StoredWeightsOfAFolder, MayNotHoldTwoModels) {
  ModelWeights two = renamed(weights_, "model.");
  two.merge(ModelWeights(weights_));
  write_model(small_config(), two);

  EXPECT_THAT(problem(), HasSubstr("has two tensors for 'bert.embeddings.LayerNorm.bias'"));
}

TEST_F(StoredWeightsOfAFolder, OfSomethingLargerTellTheNamesThatTheyHave) {
  write_model(small_config(), renamed(weights_, "text_encoder."));

  const auto problems = prepare(from_folder()).problems;
  EXPECT_THAT(problems.back().message, HasSubstr("begin with 'text_encoder.bert.'"));
}

TEST_F(StoredWeightsOfAFolder, TellAShardThatIsMissingOrOtherThanItsIndex) {
  write_shards();
  write("model/model-1.safetensors", to_safetensors({}));
  EXPECT_THAT(problem(), HasSubstr("which model.safetensors.index.json says to be there"));
  std::filesystem::remove(path("model/model-1.safetensors"));
  EXPECT_THAT(problem(), HasSubstr("model-1.safetensors: there is no such file"));
}

TEST_F(StoredWeightsOfAFolder, NeverReachOutOfTheFolder) {
  write_shards();
  write("model/model.safetensors.index.json",
        R"({"weight_map": {"bert.pooler.dense.bias": "../other.safetensors"}})");

  EXPECT_THAT(problem(), HasSubstr("expected an object 'weight_map'"));
}

TEST_F(StoredWeightsOfAFolder, ThatAreGitLfsPointersAreToldSo) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n";
  write("model/model.safetensors", pointer);
  EXPECT_THAT(problem(), HasSubstr("model.safetensors: is a Git LFS pointer to a file of 9 bytes"));
  write("train.tsv", pointer);
  EXPECT_THAT(problem(), HasSubstr("train.tsv: is a Git LFS pointer"));
}

TEST(TensorName, LosesTheWordsOfWrappersAlone) {
  EXPECT_EQ(name_in_model("bert.pooler.dense.bias"), "bert.pooler.dense.bias");
  EXPECT_EQ(name_in_model("model.model.module.bert.x"), "bert.x");
  EXPECT_EQ(name_in_model("bert._orig_mod.encoder.layer.0._orig_mod.x"), "bert.encoder.layer.0.x");
  EXPECT_EQ(name_in_model("modules.x"), "modules.x");
  EXPECT_EQ(name_in_model("bert.model.x"), "bert.model.x");
}

}  // namespace
}  // namespace tarama::input
