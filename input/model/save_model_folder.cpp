// Writes a trained model as a Hugging Face folder; see save_model_folder.hpp.
#include "input/model/save_model_folder.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/architecture.hpp"
#include "input/files/safe_write.hpp"
#include "input/model/activation_names.hpp"
#include "input/model/safetensors.hpp"
#include "input/model/saved_tokenizer.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

namespace tarama::input {
namespace {

// Of insertion order, so that the files read as those that `transformers` writes.
using nlohmann::ordered_json;

ordered_json config_json(const ModelConfig& config, const TokenizedData& data, double dropout) {
  const Architecture& architecture = architecture_of(config.norm);
  ordered_json names = ordered_json::object();
  ordered_json numbers = ordered_json::object();
  for (std::size_t i = 0; i < data.classes.size(); ++i) {
    names[std::to_string(i)] = data.classes[i];
    numbers[data.classes[i]] = i;
  }
  return {{"architectures", ordered_json::array({architecture.class_name})},
          {"model_type", architecture.model_type},
          {"vocab_size", config.vocab_size},
          {"hidden_size", config.hidden},
          {"num_hidden_layers", config.layers},
          {"num_attention_heads", config.heads},
          {"intermediate_size", config.intermediate},
          {"max_position_embeddings", config.max_positions},
          {"type_vocab_size", config.type_vocab_size},
          {"layer_norm_eps", config.layer_norm_eps},
          {"initializer_range", config.initializer_range},
          {"hidden_act", name_of(config.activation)},
          {"position_embedding_type", "absolute"},
          {"hidden_dropout_prob", dropout},
          {"attention_probs_dropout_prob", dropout},
          {"problem_type", "single_label_classification"},
          {"id2label", names},
          {"label2id", numbers},
          {"pad_token_id", config.padding_piece},
          {"torch_dtype", "float32"}};
}

/// Labels come from files that were made UTF-8, but dump() must not throw whatever they are.
std::string file_text(const ordered_json& document) {
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string vocab_text(const TokenizedData& data) {
  std::string text;
  for (const std::string& piece : data.vocab) {
    text += piece + "\n";
  }
  return text;
}

}  // namespace

Result<void> save_model_folder(const std::filesystem::path& folder,
                               const ModelConfig& config,
                               const ModelWeights& weights,
                               const TokenizedData& data,
                               double dropout) {
  TARAMA_ASSERT(static_cast<std::int64_t>(data.classes.size()) == config.classes,
                "a model is saved with the data that it was trained on");
  return replace_folder(folder,
                        {{"config.json", file_text(config_json(config, data, dropout))},
                         {"tokenizer_config.json", file_text(tokenizer_config_json(data))},
                         {"tokenizer.json", file_text(tokenizer_json(data))},
                         {"vocab.txt", vocab_text(data)},
                         {"model.safetensors", to_safetensors(weights)}});
}

}  // namespace tarama::input
