// See tokenizer_json.hpp.
#include "input/model/tokenizer_json.hpp"

#include "input/model/json_object.hpp"
#include "input/model/token_entry.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace tarama::input {
namespace {

using nlohmann::json;

const json& null_json() {
  static const json null;
  return null;
}

/// A member of what may be no object at all.
const json& member(const json& value, const char* name) {
  if (!value.is_object()) {
    return null_json();
  }
  const auto found = value.find(name);
  return found == value.end() ? null_json() : *found;
}

std::string type_of(const json& part) {
  const json& type = member(part, "type");
  return type.is_string() ? type.get<std::string>() : "";
}

/// What each part may be, and what is wrong with it otherwise.
class TokenizerParts {
 public:
  explicit TokenizerParts(const json& file) : file_(file) {}

  void read_vocabulary(TokenizerJson& read) {
    const json& model = member(file_, "model");
    const std::string type = type_of(model);
    if (type != "WordPiece" && !(type.empty() && model.is_object())) {
      return wrong(fmt::format("its model is '{}'; tarama reads WordPiece", type));
    }
    expect(model, "model.", "unk_token", "[UNK]");
    expect(model, "model.", "continuing_subword_prefix", "##");
    expect(model, "model.", "max_input_chars_per_word", 100);
    const json& vocab = member(model, "vocab");
    for (const auto& [piece, id] : (vocab.is_object() ? vocab : null_json()).items()) {
      if (!id.is_number_integer() || id < 0 || id > highest_piece) {
        return wrong(fmt::format("piece '{}' has the id {}", piece, shown_json(id)));
      }
      const auto place = id.get<std::size_t>();
      if (place >= read.pieces.size()) {
        read.pieces.resize(place + 1);
      }
      read.pieces[place] = piece;
    }
    if (read.pieces.empty()) {
      wrong("it has no vocabulary, expected 'model.vocab' with each piece's id");
    }
  }

  void read_normalizer(TokenizerSettings& settings) {
    const json& normalizer = member(file_, "normalizer");
    if (type_of(normalizer) != "BertNormalizer") {
      return wrong(fmt::format("its normalizer is '{}'; tarama does what BertNormalizer does",
                               normalizer.is_null() ? "none" : type_of(normalizer)));
    }
    expect(normalizer, "normalizer.", "clean_text", true);
    settings.lowercase = flag(normalizer, "lowercase", true);
    settings.splits_han = flag(normalizer, "handle_chinese_chars", true);
    if (!member(normalizer, "strip_accents").is_null()) {
      settings.strip_accents = flag(normalizer, "strip_accents", true);
    }
  }

  void check_the_rest() {
    const json& splitting = member(file_, "pre_tokenizer");
    if (type_of(splitting) != "BertPreTokenizer") {
      wrong(fmt::format("its pre_tokenizer is '{}'; tarama splits as BertPreTokenizer does",
                        splitting.is_null() ? "none" : type_of(splitting)));
    }
    const json& truncation = member(file_, "truncation");
    if (member(truncation, "direction") == "Left") {
      wrong("its truncation cuts at the left; tarama cuts the ends of texts");
    }
    const std::string around = type_of(member(file_, "post_processor"));
    if (around != "" && around != "TemplateProcessing" && around != "BertProcessing") {
      wrong(fmt::format("its post_processor is '{}'; tarama puts [CLS] and [SEP] around texts",
                        around));
    }
    if (around == "TemplateProcessing" && !is_usual_template()) {
      wrong("its post_processor puts other tokens around texts than [CLS] text [SEP]");
    }
  }

  void read_added(std::vector<AddedToken>& added) {
    const json& tokens = member(file_, "added_tokens");
    for (const json& entry : tokens.is_array() ? tokens : null_json()) {
      std::optional<AddedToken> token = added_token_of(entry);
      const json& id = member(entry, "id");
      if (!token || !id.is_number_integer() || id < 0 || id > highest_piece) {
        return wrong("'added_tokens' has an entry that is no token with its id");
      }
      token->id = id.get<std::int32_t>();
      added.push_back(std::move(*token));
    }
  }

  [[nodiscard]] const std::string& all_wrong() const { return wrong_; }

 private:
  void wrong(std::string_view what) {
    wrong_ += wrong_.empty() ? "" : "; ";
    wrong_ += what;
  }

  /// A value that tarama computes one of; a missing one is that one.
  void expect(const json& part, const char* prefix, const char* name, const json& only) {
    const json& value = member(part, name);
    if (!value.is_null() && value != only) {
      wrong(fmt::format(
          "'{}{}' is {}; tarama knows {} alone", prefix, name, shown_json(value), only.dump()));
    }
  }

  bool flag(const json& part, const char* name, bool otherwise) {
    const json& value = member(part, name);
    if (value.is_null() || value.is_boolean()) {
      return value.is_null() ? otherwise : value.get<bool>();
    }
    wrong(fmt::format("'normalizer.{}' is {}, expected true or false", name, shown_json(value)));
    return otherwise;
  }

  /// [CLS] A [SEP]: three entries, the tokens by their names.
  [[nodiscard]] bool is_usual_template() const {
    const json& single = member(member(file_, "post_processor"), "single");
    if (!single.is_array() || single.size() != 3) {
      return false;
    }
    return member(member(single[0], "SpecialToken"), "id") == "[CLS]" &&
           member(member(single[1], "Sequence"), "id") == "A" &&
           member(member(single[2], "SpecialToken"), "id") == "[SEP]";
  }

  const json& file_;
  std::string wrong_;
};

}  // namespace

Result<TokenizerJson> read_tokenizer_json(const std::filesystem::path& path) {
  const Result<JsonObject> object = read_json_object(path);
  if (!object) {
    return object.error();
  }
  TokenizerJson read;
  TokenizerParts parts(*object->value);
  parts.read_vocabulary(read);
  parts.read_normalizer(read.settings);
  parts.check_the_rest();
  parts.read_added(read.settings.added);
  if (!parts.all_wrong().empty()) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), parts.all_wrong())};
  }
  return read;
}

}  // namespace tarama::input
