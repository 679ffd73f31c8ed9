// The two architectures, and the parameters that follow from one and a config.
#include "core/training/architecture.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tarama {

namespace {

using enum Module;

constexpr std::array bert_modules = {
    NamedModule{word_embeddings, "bert.embeddings.word_embeddings"},
    NamedModule{position_embeddings, "bert.embeddings.position_embeddings"},
    NamedModule{type_embeddings, "bert.embeddings.token_type_embeddings"},
    NamedModule{embedding_norm, "bert.embeddings.LayerNorm"},
    NamedModule{query, "bert.encoder.layer.{}.attention.self.query"},
    NamedModule{key, "bert.encoder.layer.{}.attention.self.key"},
    NamedModule{value, "bert.encoder.layer.{}.attention.self.value"},
    NamedModule{attention_output, "bert.encoder.layer.{}.attention.output.dense"},
    NamedModule{attention_norm, "bert.encoder.layer.{}.attention.output.LayerNorm"},
    NamedModule{intermediate, "bert.encoder.layer.{}.intermediate.dense"},
    NamedModule{output, "bert.encoder.layer.{}.output.dense"},
    NamedModule{output_norm, "bert.encoder.layer.{}.output.LayerNorm"},
    NamedModule{pooler, "bert.pooler.dense"},
    NamedModule{classifier, "classifier"},
};

constexpr std::array megatron_modules = {
    NamedModule{word_embeddings, "bert.embeddings.word_embeddings"},
    NamedModule{position_embeddings, "bert.embeddings.position_embeddings"},
    NamedModule{type_embeddings, "bert.embeddings.token_type_embeddings"},
    NamedModule{attention_norm, "bert.encoder.layer.{}.attention.ln"},
    NamedModule{query, "bert.encoder.layer.{}.attention.self.query"},
    NamedModule{key, "bert.encoder.layer.{}.attention.self.key"},
    NamedModule{value, "bert.encoder.layer.{}.attention.self.value"},
    NamedModule{attention_output, "bert.encoder.layer.{}.attention.output.dense"},
    NamedModule{output_norm, "bert.encoder.layer.{}.ln"},
    NamedModule{intermediate, "bert.encoder.layer.{}.intermediate.dense"},
    NamedModule{output, "bert.encoder.layer.{}.output.dense"},
    NamedModule{final_norm, "bert.encoder.ln"},
    NamedModule{pooler, "bert.pooler.dense"},
    NamedModule{classifier, "classifier"},
};

constexpr std::array architectures = {
    Architecture{.norm = Norm::post,
                 .model_type = "bert",
                 .class_name = "BertForSequenceClassification",
                 .class_beginning = "Bert",
                 .activation = "gelu",
                 .prefix = "bert.",
                 .former_scale = ".gamma",
                 .former_shift = ".beta",
                 .modules = bert_modules},
    Architecture{.norm = Norm::pre,
                 .model_type = "megatron-bert",
                 .class_name = "MegatronBertForSequenceClassification",
                 .class_beginning = "MegatronBert",
                 .activation = "gelu",
                 .prefix = "bert.",
                 .former_scale = "",
                 .former_shift = "",
                 .modules = megatron_modules},
};

constexpr bool is_in_layers(Module module) {
  return module >= query && module <= output_norm;
}

enum class Kind { table, linear, norm };

/// What a module computes, and its matrix; of a norm the width alone.
struct ModuleShape {
  Kind kind;
  std::int64_t outputs;
  std::int64_t inputs = 0;
};

ModuleShape shape_of(Module module, const ModelConfig& config) {
  switch (module) {
    case word_embeddings:
      return {Kind::table, config.vocab_size, config.hidden};
    case position_embeddings:
      return {Kind::table, config.max_positions, config.hidden};
    case type_embeddings:
      return {Kind::table, config.type_vocab_size, config.hidden};
    case embedding_norm:
    case attention_norm:
    case output_norm:
    case final_norm:
      return {Kind::norm, config.hidden};
    case query:
    case key:
    case value:
    case attention_output:
    case pooler:
      return {Kind::linear, config.hidden, config.hidden};
    case intermediate:
      return {Kind::linear, config.intermediate, config.hidden};
    case output:
      return {Kind::linear, config.hidden, config.intermediate};
    case classifier:
      return {Kind::linear, config.classes, config.hidden};
  }
  return {Kind::norm, config.hidden};
}

/// The parameters of one module, its weight before its bias.
void add_module(std::vector<Parameter>& parameters,
                const NamedModule& named,
                std::int64_t layer,
                const ModelConfig& config) {
  const ModuleShape shape = shape_of(named.module, config);
  const std::string name = fmt::format(fmt::runtime(named.name), layer);
  const auto add = [&](Role role, const char* ending, std::vector<std::int64_t> dimensions) {
    parameters.push_back({named.module, layer, role, name + ending, std::move(dimensions)});
  };
  if (shape.kind == Kind::norm) {
    add(Role::norm_scale, ".weight", {shape.outputs});
    add(Role::norm_shift, ".bias", {shape.outputs});
    return;
  }
  add(Role::matrix, ".weight", {shape.outputs, shape.inputs});
  if (shape.kind == Kind::linear) {
    add(Role::bias, ".bias", {shape.outputs});
  }
}

}  // namespace

std::span<const Architecture> all_architectures() {
  return architectures;
}

const Architecture& architecture_of(Norm norm) {
  const auto found = std::ranges::find(architectures, norm, &Architecture::norm);
  TARAMA_ASSERT(found != architectures.end(), "every norm has an architecture");
  return *found;
}

std::vector<Parameter> parameters_of(const ModelConfig& config) {
  const auto in_layers = [](const NamedModule& named) { return is_in_layers(named.module); };
  const std::span<const NamedModule> modules = architecture_of(config.norm).modules;
  const auto first = std::ranges::find_if(modules, in_layers);
  const auto past = std::find_if_not(first, modules.end(), in_layers);
  std::vector<Parameter> parameters;
  for (auto module = modules.begin(); module != first; ++module) {
    add_module(parameters, *module, 0, config);
  }
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    for (auto module = first; module != past; ++module) {
      add_module(parameters, *module, layer, config);
    }
  }
  for (auto module = past; module != modules.end(); ++module) {
    add_module(parameters, *module, 0, config);
  }
  return parameters;
}

std::vector<std::string> names_in_files(const Architecture& architecture,
                                        const Parameter& parameter) {
  std::vector<std::string> whole = {parameter.name};
  const bool is_scale = parameter.role == Role::norm_scale;
  const std::string_view former = is_scale ? architecture.former_scale : architecture.former_shift;
  if ((is_scale || parameter.role == Role::norm_shift) && !former.empty()) {
    const std::size_t ending = parameter.name.rfind('.');
    whole.push_back(parameter.name.substr(0, ending) + std::string(former));
  }
  std::vector<std::string> names;
  for (const std::string& name : whole) {
    names.push_back(name);
    if (parameter.module != classifier) {
      names.push_back(name.substr(architecture.prefix.size()));
    }
  }
  return names;
}

}  // namespace tarama
