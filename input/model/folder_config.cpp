// See folder_config.hpp.
#include "input/model/folder_config.hpp"

#include "core/bytes/json_extent.hpp"
#include "core/training/architecture.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

namespace tarama::input {
namespace {

using nlohmann::json;

// No model is near it; a product of two of them still fits in 64 bits.
constexpr std::int64_t largest_dimension = 1'000'000'000;

/// A json of its own kind: json converts to and from nearly everything, Result included.
struct JsonObject {
  json value;
};

Result<JsonObject> read_json_object(const std::filesystem::path& path) {
  Result<std::string> bytes = read_bytes(path);
  if (!bytes) {
    return bytes.error();
  }
  const std::string text = text_of(std::move(*bytes)).text;
  if (const auto flaw = beyond({}, text)) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), *flaw)};
  }
  JsonObject object{json::parse(text, nullptr, false)};
  if (!object.value.is_object()) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: is not JSON with one object", path.string())};
  }
  return object;
}

/// Reads values out of config.json and gathers what is wrong with them.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  [[nodiscard]] std::int64_t dimension(const char* name) {
    if (!object_.contains(name)) {
      wrong(fmt::format("'{}' is missing, expected a whole number of at least 1", name));
      return 1;
    }
    return dimension(name, 1);
  }

  [[nodiscard]] std::int64_t dimension(const char* name, std::int64_t default_value) {
    const json value = object_.value(name, json(default_value));
    if (value.is_number_integer() && value >= 1 && value <= largest_dimension) {
      return value.get<std::int64_t>();
    }
    wrong(fmt::format("'{}' is {}, expected a whole number of at least 1", name, shown(value)));
    return 1;
  }

  [[nodiscard]] double positive(const char* name, double default_value) {
    const json value = object_.value(name, json(default_value));
    if (value.is_number() && value > 0.0) {
      return value.get<double>();
    }
    wrong(fmt::format("'{}' is {}, expected a number above 0", name, shown(value)));
    return default_value;
  }

  /// tarama computes one value of this setting, which is also what a missing one means.
  void expect(const char* name, const json& only) {
    const json value = object_.value(name, only);
    if (value == only || value.is_null()) {
      return;
    }
    wrong(fmt::format("'{}' is {}; tarama computes {} alone", name, shown(value), only.dump()));
  }

  /// Missing or null counts as 0.
  void expect_zero(const char* name, std::string_view why) {
    const json value = object_.value(name, json());
    if (!value.is_null() && value != 0) {
      wrong(fmt::format("'{}' is {}, expected 0: {}", name, shown(value), why));
    }
  }

  void wrong(std::string what) {
    wrong_ += wrong_.empty() ? "" : "; ";
    wrong_ += what;
  }

  [[nodiscard]] const std::string& all_wrong() const { return wrong_; }

  [[nodiscard]] static std::string shown(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }

 private:
  const json& object_;
  std::string wrong_;
};

Norm read_norm(const json& object, Fields& fields) {
  std::string type;
  if (object.contains("model_type")) {
    type = object["model_type"].is_string() ? object["model_type"].get<std::string>()
                                            : Fields::shown(object["model_type"]);
  } else {
    // Files older than `model_type` name the class alone, as in ["BertForMaskedLM"].
    const std::string names = Fields::shown(object.value("architectures", json()));
    for (const Architecture& architecture : all_architectures()) {
      if (names.starts_with(fmt::format("[\"{}", architecture.class_beginning))) {
        type = architecture.model_type;
      }
    }
  }
  for (const Architecture& architecture : all_architectures()) {
    if (type == architecture.model_type) {
      return architecture.norm;
    }
  }
  fields.wrong(fmt::format(
      "'model_type' is '{}'; tarama trains 'bert' (norm: post) and 'megatron-bert' (norm: pre)",
      type));
  return Norm::post;
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

}  // namespace

Result<FolderConfig> read_folder_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  const Result<JsonObject> object = read_json_object(path);
  if (!object) {
    return object.error();
  }
  Fields fields(object->value);
  FolderConfig read;
  read.config.norm = read_norm(object->value, fields);
  if (fields.all_wrong().empty()) {  // the names of another architecture mean nothing here
    read.config.vocab_size = fields.dimension("vocab_size");
    read.config.hidden = fields.dimension("hidden_size");
    read.config.layers = fields.dimension("num_hidden_layers");
    read.config.heads = fields.dimension("num_attention_heads");
    read.config.intermediate = fields.dimension("intermediate_size");
    read.config.max_positions = fields.dimension("max_position_embeddings");
    read.config.type_vocab_size = fields.dimension("type_vocab_size", 2);
    read.config.layer_norm_eps = fields.positive("layer_norm_eps", 1e-12);
    read.config.initializer_range = fields.positive("initializer_range", 0.02);
    fields.expect("hidden_act", architecture_of(read.config.norm).activation);
    fields.expect("position_embedding_type", "absolute");
    fields.expect("is_decoder", false);
    fields.expect_zero("pad_token_id", "texts are filled up with id 0, [PAD]");
  }
  if (read.config.heads > 0 && read.config.hidden % read.config.heads != 0) {
    fields.wrong(fmt::format("'hidden_size' ({}) is not a multiple of 'num_attention_heads' ({})",
                             read.config.hidden,
                             read.config.heads));
  }
  if (!fields.all_wrong().empty()) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), fields.all_wrong())};
  }
  read.class_names = read_class_names(object->value);
  read.config.classes =
      read.class_names.empty() ? 2 : static_cast<std::int64_t>(read.class_names.size());
  return read;
}

Result<TokenizerConfig> read_tokenizer_config(const std::filesystem::path& folder) {
  const Result<JsonObject> object = read_json_object(folder / "tokenizer_config.json");
  TokenizerConfig read;
  if (!object) {
    if (object.error().code == Errc::not_found) {
      return read;
    }
    return object.error();
  }
  const json lowercase = object->value.value("do_lower_case", json());
  if (lowercase.is_boolean()) {
    read.lowercase = lowercase.get<bool>();
  }
  // `transformers` writes 1e30 for "no limit".
  const json longest = object->value.value("model_max_length", json());
  if (longest.is_number_integer() && longest >= 3 && longest <= largest_dimension) {
    read.max_tokens = longest.get<std::int64_t>();
  }
  return read;
}

}  // namespace tarama::input
