// See folder_config.hpp.
#include "input/model/folder_config.hpp"

#include "core/training/architecture.hpp"
#include "input/model/activation_names.hpp"
#include "input/model/architecture_by_tensors.hpp"
#include "input/model/json_object.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>

namespace tarama::input {
namespace {

using nlohmann::json;

// No model is near it; a product of two of them still fits in 64 bits.
constexpr std::int64_t largest_dimension = 1'000'000'000;

/// Reads values out of config.json and gathers what is wrong with them.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  [[nodiscard]] std::int64_t dimension(const char* name) {
    if (!object_.contains(name)) {
      wrong(fmt::format("'{}' is missing, expected a whole number from 1 on", name));
      return 1;
    }
    return dimension(name, 1);
  }

  [[nodiscard]] std::int64_t dimension(const char* name, std::int64_t default_value) {
    const json value = object_.value(name, json(default_value));
    if (value.is_number_integer() && value >= 1 && value <= largest_dimension) {
      return value.get<std::int64_t>();
    }
    wrong(fmt::format("'{}' is {}, expected a whole number from 1 to {}",
                      name,
                      shown_json(value),
                      largest_dimension));
    return 1;
  }

  /// From 0 on; nothing where it is missing or null.
  [[nodiscard]] std::optional<std::int64_t> place(const char* name) {
    const json value = object_.value(name, json());
    if (value.is_null()) {
      return std::nullopt;
    }
    if (value.is_number_integer() && value >= 0 && value <= largest_dimension) {
      return value.get<std::int64_t>();
    }
    wrong(fmt::format("'{}' is {}, expected a whole number", name, shown_json(value)));
    return std::nullopt;
  }

  [[nodiscard]] double positive(const char* name, double default_value) {
    const json value = object_.value(name, json(default_value));
    if (value.is_number() && value > 0.0) {
      return value.get<double>();
    }
    wrong(fmt::format("'{}' is {}, expected a number above 0", name, shown_json(value)));
    return default_value;
  }

  [[nodiscard]] Activation activation(const char* name, std::string_view default_name) {
    const json value = object_.value(name, json());
    const std::string word = value.is_null()     ? std::string(default_name)
                             : value.is_string() ? value.get<std::string>()
                                                 : shown_json(value);
    if (const std::optional<Activation> known = activation_named(word)) {
      return *known;
    }
    wrong(fmt::format("'{}' is '{}'; tarama computes {}", name, word, activation_names()));
    return Activation::gelu;
  }

  /// tarama computes one value of this setting, which is also what a missing one means.
  void expect(const char* name, const json& only) {
    const json value = object_.value(name, only);
    if (value == only || value.is_null()) {
      return;
    }
    wrong(
        fmt::format("'{}' is {}; tarama computes {} alone", name, shown_json(value), only.dump()));
  }

  void wrong(std::string what) {
    wrong_ += wrong_.empty() ? "" : "; ";
    wrong_ += what;
  }

  [[nodiscard]] const std::string& all_wrong() const { return wrong_; }

 private:
  const json& object_;
  std::string wrong_;
};

/// Of files older than `model_type`: the class in `architectures`, as in ["BertForMaskedLM"], and
/// where that is missing too, as in Google's own, the tensors.
std::optional<Norm> norm_without_type(const std::filesystem::path& folder,
                                      const json& object,
                                      Fields& fields) {
  const json classes = object.value("architectures", json());
  if (classes.is_array() && !classes.empty() && classes[0].is_string()) {
    const auto name = classes[0].get<std::string>();
    for (const Architecture& architecture : all_architectures()) {
      if (name.starts_with(architecture.class_beginning)) {
        return architecture.norm;
      }
    }
    fields.wrong(
        fmt::format("'architectures' names {}; tarama trains models of BERT and "
                    "Megatron-BERT",
                    shown_json(classes[0])));
    return std::nullopt;
  }
  const Result<Norm> norm = norm_by_tensors(folder);
  if (!norm) {
    fields.wrong("'model_type' is missing, and " + norm.error().message);
    return std::nullopt;
  }
  return *norm;
}

std::optional<Norm> read_norm(const std::filesystem::path& folder,
                              const json& object,
                              Fields& fields) {
  const json type = object.value("model_type", json());
  if (type.is_null() || type == "") {
    return norm_without_type(folder, object, fields);
  }
  for (const Architecture& architecture : all_architectures()) {
    if (type == architecture.model_type) {
      return architecture.norm;
    }
  }
  fields.wrong(fmt::format(
      "'model_type' is {}; tarama trains 'bert' (norm: post) and 'megatron-bert' (norm: pre)",
      type.is_string() ? fmt::format("'{}'", type.get<std::string>()) : shown_json(type)));
  return std::nullopt;
}

/// id2label in the order of its numbers, as far as they run 0, 1, 2, ...
std::vector<std::string> read_class_names(const json& object) {
  std::vector<std::string> names;
  const json labels = object.value("id2label", json());
  if (!labels.is_object()) {
    return names;
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto found = labels.find(std::to_string(i));
    if (found == labels.end() || !found->is_string()) {
      return {};
    }
    names.push_back(found->get<std::string>());
  }
  return names;
}

/// `num_labels`, or 2, as `transformers` has it.
std::int64_t class_count_without_names(const json& object) {
  const json count = object.value("num_labels", json());
  return count.is_number_integer() && count >= 1 && count <= largest_dimension
             ? count.get<std::int64_t>()
             : 2;
}

void read_dimensions_of(Fields& fields, FolderConfig& read) {
  ModelConfig& config = read.config;
  config.vocab_size = fields.dimension("vocab_size");
  config.hidden = fields.dimension("hidden_size");
  config.layers = fields.dimension("num_hidden_layers");
  config.heads = fields.dimension("num_attention_heads");
  config.intermediate = fields.dimension("intermediate_size");
  config.max_positions = fields.dimension("max_position_embeddings");
  config.type_vocab_size = fields.dimension("type_vocab_size", 2);
  config.layer_norm_eps = fields.positive("layer_norm_eps", 1e-12);
  config.initializer_range = fields.positive("initializer_range", 0.02);
  read.padding_piece = fields.place("pad_token_id");
  config.activation = fields.activation("hidden_act", architecture_of(config.norm).activation);
  fields.expect("position_embedding_type", "absolute");
  fields.expect("is_decoder", false);
  fields.expect("add_cross_attention", false);
  if (config.hidden % config.heads != 0) {
    fields.wrong(fmt::format("'hidden_size' ({}) is not a multiple of 'num_attention_heads' ({})",
                             config.hidden,
                             config.heads));
  }
}

}  // namespace

std::filesystem::path config_file(const std::filesystem::path& folder) {
  std::error_code ignored;  // a file that cannot be asked for cannot be opened later either
  const bool is_googles = !std::filesystem::exists(folder / "config.json", ignored) &&
                          std::filesystem::exists(folder / "bert_config.json", ignored);
  return folder / (is_googles ? "bert_config.json" : "config.json");
}

Result<FolderConfig> read_folder_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = config_file(folder);
  const Result<JsonObject> file = read_json_object(path);
  if (!file) {
    return file.error();
  }
  const json& object = *file->value;
  Fields fields(object);
  FolderConfig read;
  if (const std::optional<Norm> norm = read_norm(folder, object, fields)) {
    read.config.norm = *norm;  // the names of another architecture mean nothing here
    read_dimensions_of(fields, read);
  }
  if (!fields.all_wrong().empty()) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), fields.all_wrong())};
  }
  read.class_names = read_class_names(object);
  read.config.classes = read.class_names.empty()
                            ? class_count_without_names(object)
                            : static_cast<std::int64_t>(read.class_names.size());
  return read;
}

}  // namespace tarama::input
