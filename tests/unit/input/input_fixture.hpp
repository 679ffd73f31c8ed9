// Files and requests that the tests of `input` start from.
#pragma once

#include "core/training/initial_weights.hpp"
#include "input/model/safetensors.hpp"
#include "input/prepare.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

inline void PrintTo(const Problem& problem, std::ostream* out) {
  *out << problem.key << ": " << problem.message;
}

inline void PrintTo(const Warning& warning, std::ostream* out) {
  *out << warning.code << " at " << warning.key << ": " << warning.message;
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file.flush()) {
    ADD_FAILURE() << "cannot write " << path;
  }
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Text first, label second: six rows of two classes.
constexpr std::string_view small_train =
    "good film\tpos\nbad film\tneg\ngood day\tpos\nbad day\tneg\ngood\tpos\nbad\tneg\n";
constexpr std::string_view small_eval = "a good one\tpos\na bad one\tneg\n";

constexpr std::string_view small_vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\nfilm\n";

/// A folder with train.tsv, eval.tsv and a model folder `model`, and the requests for them.
class InputFolder : public testing::Test {
 protected:
  InputFolder() {
    write("train.tsv", small_train);
    write("eval.tsv", small_eval);
  }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }

  void write(const std::string& name, std::string_view bytes) const {
    write_file(path(name), bytes);
  }

  /// A model from scratch on the two files.
  [[nodiscard]] PrepareRequest from_scratch() const {
    PrepareRequest request;
    request.data.train = path("train.tsv");
    request.data.eval = path("eval.tsv").string();
    request.data.text = std::int64_t{0};
    request.data.label = std::int64_t{1};
    request.data.max_tokens = 16;
    request.model.layers = 1;
    request.model.hidden = 4;
    request.model.heads = 2;
    return request;
  }

  /// The same with the weights of write_model().
  [[nodiscard]] PrepareRequest from_folder() const {
    PrepareRequest request = from_scratch();
    request.model = ModelSpec{};
    request.model.path = path("model");
    return request;
  }

  [[nodiscard]] static ModelConfig small_config() {
    ModelConfig config;
    config.vocab_size = 8;
    config.hidden = 4;
    config.layers = 2;
    config.heads = 2;
    config.intermediate = 6;
    config.max_positions = 16;
    config.classes = 2;
    return config;
  }

  [[nodiscard]] static nlohmann::json config_json(const ModelConfig& config) {
    return {{"model_type", config.norm == Norm::pre ? "megatron-bert" : "bert"},
            {"vocab_size", config.vocab_size},
            {"hidden_size", config.hidden},
            {"num_hidden_layers", config.layers},
            {"num_attention_heads", config.heads},
            {"intermediate_size", config.intermediate},
            {"max_position_embeddings", config.max_positions},
            {"hidden_act", "gelu"}};
  }

  /// A sound model folder with all parameters.
  void write_model(const ModelConfig& config = small_config()) const {
    write_model(config, initial_weights(config, 1));
  }

  void write_model(const ModelConfig& config, const ModelWeights& weights) const {
    write("model/config.json", config_json(config).dump());
    write("model/vocab.txt", small_vocab);
    write("model/model.safetensors", to_safetensors(weights));
  }

  test::TempFolder folder_;
};

}  // namespace tarama::input
