// See tokenizer_config.hpp.
#include "input/model/tokenizer_config.hpp"

#include "input/model/json_object.hpp"
#include "input/model/token_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace tarama::input {
namespace {

using nlohmann::json;

// Classes whose word pieces are BERT's, each also with "Fast" behind it.
constexpr std::array<std::string_view, 6> wordpiece_classes = {"BertTokenizer",
                                                               "DistilBertTokenizer",
                                                               "ElectraTokenizer",
                                                               "MobileBertTokenizer",
                                                               "SqueezeBertTokenizer",
                                                               "LayoutLMTokenizer"};
// Classes that do what tokenizer.json says.
constexpr std::array<std::string_view, 3> generic_classes = {
    "PreTrainedTokenizerFast", "TokenizersBackend", "PreTrainedTokenizer"};

struct SpecialName {
  const char* key;
  std::string_view piece;
};

constexpr std::array special_names = {SpecialName{"pad_token", "[PAD]"},
                                      SpecialName{"unk_token", "[UNK]"},
                                      SpecialName{"cls_token", "[CLS]"},
                                      SpecialName{"sep_token", "[SEP]"},
                                      SpecialName{"mask_token", "[MASK]"}};

/// An object of the folder; nothing where there is no such file.
Result<std::optional<JsonObject>> read_if_there(const std::filesystem::path& path) {
  Result<JsonObject> object = read_json_object(path);
  if (object) {
    return std::optional(std::move(*object));
  }
  if (object.error().code == Errc::not_found) {
    return std::optional<JsonObject>();
  }
  return object.error();
}

void read_class(JsonMembers& members, TokenizerConfig& read) {
  std::string_view name;
  const std::optional<std::string> word = members.text("tokenizer_class");
  if (!word) {
    return;
  }
  name = *word;
  read.is_only_tokenizer_json = std::ranges::find(generic_classes, name) != generic_classes.end();
  if (name.ends_with("Fast")) {
    name.remove_suffix(4);
  }
  if (!read.is_only_tokenizer_json &&
      std::ranges::find(wordpiece_classes, name) == wordpiece_classes.end()) {
    members.wrong(
        fmt::format("'tokenizer_class' is '{}'; tarama cuts texts as BertTokenizer does", *word));
  }
}

void refuse_other_pieces(JsonMembers& members) {
  for (const auto& [key, piece] : special_names) {
    const std::optional<std::string> found = members.text(key);
    if (found && *found != piece) {
      members.wrong(fmt::format("'{}' is '{}', expected '{}'", key, *found, piece));
    }
  }
}

void refuse_other_settings(JsonMembers& members) {
  if (members.boolean("do_basic_tokenize") == false) {
    members.wrong("'do_basic_tokenize' is false; tarama splits texts at punctuation first");
  }
  if (members.boolean("split_special_tokens") == true) {
    members.wrong("'split_special_tokens' is true; tarama keeps special tokens whole");
  }
  if (members.text("truncation_side").value_or("right") != "right") {
    members.wrong("'truncation_side' is 'left'; tarama cuts the ends of texts");
  }
  if (members.has("auto_map")) {
    members.wrong("'auto_map' names a tokenizer's own program, which tarama does not run");
  }
}

void read_max_length(JsonMembers& members, TokenizerConfig& read) {
  constexpr std::int64_t longest_text = 1'000'000'000;
  if (!members.has("model_max_length")) {
    return;
  }
  // `transformers` writes 1e30 for "no limit", as an integer or not.
  const json& longest = members.at("model_max_length");
  if (longest.is_number() && longest >= 3 && longest <= longest_text) {
    read.max_tokens = static_cast<std::int64_t>(longest.get<double>());
  }
}

std::optional<std::int32_t> id_in_text(std::string_view text) {
  std::int64_t id = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_id =
      error == std::errc{} && end == text.data() + text.size() && id >= 0 && id <= highest_piece;
  return is_id ? std::optional(static_cast<std::int32_t>(id)) : std::nullopt;
}

/// {"94": {"content": ...}, ...}
void read_decoder(JsonMembers& members, TokenizerConfig& read) {
  if (!members.has("added_tokens_decoder")) {
    return;
  }
  for (const auto& [key, entry] : members.at("added_tokens_decoder").items()) {
    std::optional<AddedToken> token = added_token_of(entry);
    const std::optional<std::int32_t> id = id_in_text(key);
    if (!token || !id) {
      return members.wrong("'added_tokens_decoder' has an entry that is no token with its id");
    }
    token->id = *id;
    read.added.push_back(std::move(*token));
  }
}

void add_special(JsonMembers& members, const char* name, TokenizerConfig& read) {
  const std::vector<std::string> tokens = members.tokens(name);
  read.special.insert(read.special.end(), tokens.begin(), tokens.end());
}

void take_main_file(JsonMembers& members, TokenizerConfig& read) {
  read_class(members, read);
  refuse_other_pieces(members);
  refuse_other_settings(members);
  read.lowercase = members.boolean("do_lower_case");
  read.splits_han = members.boolean("tokenize_chinese_chars");
  if (members.stands_there("strip_accents")) {
    read.strip_accents = members.boolean("strip_accents");
  }
  read.never_split = members.tokens("never_split");
  read_max_length(members, read);
  read_decoder(members, read);
  add_special(members, "additional_special_tokens", read);
  add_special(members, "extra_special_tokens", read);
}

void take_special_map(JsonMembers& members, TokenizerConfig& read) {
  refuse_other_pieces(members);
  add_special(members, "additional_special_tokens", read);
}

/// Hands the members of a file's object to `take`, where there is such a file, and refuses what
/// that found wrong.
Result<void> read_members(const std::filesystem::path& path,
                          void (*take)(JsonMembers&, TokenizerConfig&),
                          TokenizerConfig& read) {
  const auto object = read_if_there(path);
  if (!object) {
    return object.error();
  }
  if (!*object) {
    return {};
  }
  JsonMembers members(**object);
  take(members, read);
  if (!members.all_wrong().empty()) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), members.all_wrong())};
  }
  return {};
}

/// {"[DRUG]": 94}: special where they are named so elsewhere, else sought in normalized texts.
Result<void> read_added_file(const std::filesystem::path& path, TokenizerConfig& read) {
  const auto object = read_if_there(path);
  if (!object) {
    return object.error();
  }
  if (!*object) {
    return {};
  }
  for (const auto& [content, id] : (*object)->value->items()) {
    if (!id.is_number_integer() || id < 0 || id > highest_piece) {
      return Error{Errc::invalid_config,
                   fmt::format("{}: '{}' is {}, expected the id of a token",
                               path.string(),
                               content,
                               shown_json(id))};
    }
    const bool is_known = std::ranges::any_of(
        read.added, [&](const AddedToken& token) { return token.content == content; });
    if (is_known) {
      continue;
    }
    AddedToken token;
    token.content = content;
    token.id = id.get<std::int32_t>();
    token.special = std::ranges::find(read.special, content) != read.special.end();
    token.normalized = !token.special;
    read.added.push_back(std::move(token));
  }
  return {};
}

}  // namespace

Result<TokenizerConfig> read_tokenizer_config(const std::filesystem::path& folder) {
  TokenizerConfig read;
  for (const Result<void>& part :
       {read_members(folder / "tokenizer_config.json", take_main_file, read),
        read_members(folder / "special_tokens_map.json", take_special_map, read),
        read_added_file(folder / "added_tokens.json", read)}) {
    if (!part) {
      return part.error();
    }
  }
  return read;
}

}  // namespace tarama::input
