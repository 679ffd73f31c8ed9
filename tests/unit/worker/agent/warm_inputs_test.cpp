// Inputs are read once for all runs that share them, and never used for runs planned otherwise.
#include "worker/agent/warm_inputs.hpp"

#include "core/training/initial_weights.hpp"
#include "input/model/safetensors.hpp"
#include "tests/unit/worker/agent/agent_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string_view>

using tarama::WarmInputs;
using tarama::test::AgentStore;

namespace {

constexpr std::string_view config_json = R"({"model_type": "bert", "vocab_size": 8,
  "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8,
  "max_position_embeddings": 128, "hidden_act": "gelu"})";

/// The weights are written over in place, as programs do that save twice.
void write_model(const std::filesystem::path& folder, std::int64_t seed) {
  tarama::ModelConfig config;
  config.vocab_size = 8;
  config.hidden = 4;
  config.layers = 1;
  config.heads = 2;
  config.intermediate = 8;
  config.max_positions = 128;
  config.classes = 2;
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.json") << config_json;
  std::ofstream(folder / "vocab.txt") << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ntext\nnumber\n1\n";
  std::ofstream(folder / "model.safetensors", std::ios::binary)
      << tarama::input::to_safetensors(tarama::initial_weights(config, seed));
}

tarama::JobSpec job_of_folder(const AgentStore& store) {
  tarama::JobSpec job = store.job(1, 1);
  job.model = {};
  job.model.path = (store.path() / "model").string();
  const auto outcome = tarama::input::prepare({.data = job.data, .model = job.model, .cache = {}});
  EXPECT_TRUE(outcome.prepared) << outcome.problems.at(0).message;
  job.data_fingerprint = outcome.prepared->data->fingerprint;
  job.model_fingerprint = outcome.prepared->model_fingerprint;
  return job;
}

}  // namespace

TEST(WarmInputs, RunsWithTheSameInputsShareThem) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  auto other_rate = store.job(2, 1);
  other_rate.training.lr = 5e-5;
  other_rate.seed = 9;

  const auto first = inputs.get(store.job(1, 1));
  const auto second = inputs.get(other_rate);

  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->prepared, second->prepared);
  EXPECT_EQ(inputs.preparations(), 1);
}

TEST(WarmInputs, AnotherModelIsPreparedAnew) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  auto wider = store.job(2, 1);
  wider.model.hidden = 16;

  ASSERT_TRUE(inputs.get(store.job(1, 1)));
  const auto second = inputs.get(wider);

  ASSERT_TRUE(second);
  EXPECT_EQ(second->prepared->config.hidden, 16);
  EXPECT_EQ(inputs.preparations(), 2);
}

TEST(WarmInputs, SweepPlannedWithChangedFilesGetsTheChangedFiles) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  ASSERT_TRUE(inputs.get(store.job(1, 1)));
  store.write("train.tsv", 12);

  const auto changed = inputs.get(store.job(2, 1));

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->prepared->data->train.examples(), 12);
}

TEST(WarmInputs, WeightsThatWereWrittenOverAreReadAndCheckedAgain) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  write_model(store.path() / "model", 1);
  const auto job = job_of_folder(store);
  ASSERT_TRUE(inputs.get(job));
  ASSERT_TRUE(inputs.get(job));
  EXPECT_EQ(inputs.preparations(), 1);

  write_model(store.path() / "model", 2);
  const auto changed = inputs.get(job);

  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, tarama::Errc::refused);
  EXPECT_EQ(inputs.preparations(), 2);
}

TEST(WarmInputs, MemoryHoldsTheFourLastUsed) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  for (const std::int64_t hidden : {8, 16, 24, 32, 40}) {
    auto job = store.job(1, 1);
    job.model.hidden = hidden;
    ASSERT_TRUE(inputs.get(job));
  }

  ASSERT_TRUE(inputs.get(store.job(1, 1)));  // hidden 8, the first one

  EXPECT_EQ(inputs.preparations(), 6);
}
