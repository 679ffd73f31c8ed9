// What a BERT classifier is made of, as data: which modules there are, what files call them, and
// what each parameter is for. Initial weights, optimizer, model code, loading and saving all read
// it; nothing is decided by the ending of a name.
#pragma once

#include "core/training/model_config.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// A place in the network. Those from `query` to `output_norm` are in every layer.
enum class Module {
  word_embeddings,
  position_embeddings,
  type_embeddings,
  embedding_norm,
  query,
  key,
  value,
  attention_output,
  attention_norm,
  intermediate,
  output,
  output_norm,
  final_norm,
  pooler,
  classifier,
};

/// What a parameter is for in its module.
enum class Role { matrix, bias, norm_scale, norm_shift };

/// Weight decay spares the others.
[[nodiscard]] constexpr bool is_decayed(Role role) {
  return role == Role::matrix;
}

/// Whether a model that lacks the module takes a new one from the run's seed: the head alone,
/// which is not pretrained with the rest.
[[nodiscard]] constexpr bool may_start_from_seed(Module module) {
  return module == Module::pooler || module == Module::classifier;
}

struct NamedModule {
  Module module;
  std::string_view name;  // by transformers, with {} for the layer
};

struct Architecture {
  Norm norm;
  std::string_view model_type;  // these four as config.json has them
  std::string_view class_name;
  std::string_view class_beginning;  // of its class names: tells it where there is no model_type
  std::string_view activation;
  std::string_view prefix;               // of all names but the classifier's
  std::string_view former_scale;         // what files of before 2020 call a norm's weight,
  std::string_view former_shift;         // and its bias; empty where there are no such files
  std::span<const NamedModule> modules;  // in the order in which their parameters are initialised
};

[[nodiscard]] const Architecture& architecture_of(Norm norm);
[[nodiscard]] std::span<const Architecture> all_architectures();

struct Parameter {
  Module module;
  std::int64_t layer = 0;  // 0 outside of layers
  Role role;
  std::string name;  // by transformers: "bert.embeddings.word_embeddings.weight"
  std::vector<std::int64_t> shape;

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// Every parameter of a model, in the order in which they are initialised and listed everywhere.
[[nodiscard]] std::vector<Parameter> parameters_of(const ModelConfig& config);

/// What a file may call the parameter, the usual first: without the prefix in that of a bare
/// model, or by a former name.
[[nodiscard]] std::vector<std::string> names_in_files(const Architecture& architecture,
                                                      const Parameter& parameter);

}  // namespace tarama
