// See saved_tokenizer.hpp.
#include "input/model/saved_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarama::input {
namespace {

using nlohmann::ordered_json;

constexpr std::array special_pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/// The special pieces that the vocabulary has, then the added tokens: by their ids.
std::vector<AddedToken> all_tokens(const TokenizedData& data) {
  std::vector<AddedToken> tokens;
  for (const char* const piece : special_pieces) {
    const auto found = std::find(data.vocab.rbegin(), data.vocab.rend(), piece);
    if (found != data.vocab.rend()) {
      const auto id = data.vocab.rend() - found - 1;
      tokens.push_back({.content = piece, .id = static_cast<std::int32_t>(id), .special = true});
    }
  }
  tokens.insert(tokens.end(), data.tokenizer.added.begin(), data.tokenizer.added.end());
  std::ranges::sort(tokens, {}, &AddedToken::id);
  return tokens;
}

ordered_json entry_of(const AddedToken& token) {
  return {{"content", token.content},
          {"single_word", token.single_word},
          {"lstrip", token.lstrip},
          {"rstrip", token.rstrip},
          {"normalized", token.normalized},
          {"special", token.special}};
}

ordered_json accents_json(const TokenizerSettings& settings) {
  return settings.strip_accents ? ordered_json(*settings.strip_accents) : ordered_json();
}

/// Each piece with its id, the last one of equal pieces.
ordered_json vocab_json(const std::vector<std::string>& pieces) {
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    ids[pieces[id]] = id;
  }
  ordered_json vocab = ordered_json::object();
  // As the vector that it is: looking each new name up would take seconds.
  auto& entries = vocab.get_ref<ordered_json::object_t&>();
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    if (!pieces[id].empty() && ids[pieces[id]] == id) {
      entries.push_back({pieces[id], id});
    }
  }
  return vocab;
}

ordered_json template_token(const char* piece, int segment) {
  return {{"SpecialToken", {{"id", piece}, {"type_id", segment}}}};
}

ordered_json template_text(const char* name, int segment) {
  return {{"Sequence", {{"id", name}, {"type_id", segment}}}};
}

/// [CLS] A [SEP], and [CLS] A [SEP] B [SEP].
ordered_json template_json(const TokenizedData& data) {
  ordered_json ids = ordered_json::object();
  for (const AddedToken& token : all_tokens(data)) {
    if (token.content == "[CLS]" || token.content == "[SEP]") {
      ids[token.content] = {{"id", token.content},
                            {"ids", ordered_json::array({token.id})},
                            {"tokens", ordered_json::array({token.content})}};
    }
  }
  return {{"type", "TemplateProcessing"},
          {"single",
           ordered_json::array(
               {template_token("[CLS]", 0), template_text("A", 0), template_token("[SEP]", 0)})},
          {"pair",
           ordered_json::array({template_token("[CLS]", 0),
                                template_text("A", 0),
                                template_token("[SEP]", 0),
                                template_text("B", 1),
                                template_token("[SEP]", 1)})},
          {"special_tokens", ids}};
}

}  // namespace

ordered_json tokenizer_config_json(const TokenizedData& data) {
  const TokenizerSettings& settings = data.tokenizer;
  ordered_json decoder = ordered_json::object();
  for (const AddedToken& token : all_tokens(data)) {
    decoder[std::to_string(token.id)] = entry_of(token);
  }
  ordered_json document = {{"tokenizer_class", "BertTokenizer"},
                           {"do_lower_case", settings.lowercase},
                           {"do_basic_tokenize", true},
                           {"tokenize_chinese_chars", settings.splits_han},
                           {"strip_accents", accents_json(settings)},
                           {"model_max_length", data.max_tokens},
                           {"pad_token", "[PAD]"},
                           {"unk_token", "[UNK]"},
                           {"cls_token", "[CLS]"},
                           {"sep_token", "[SEP]"},
                           {"mask_token", "[MASK]"},
                           {"added_tokens_decoder", decoder}};
  if (!settings.never_split.empty()) {
    document["never_split"] = settings.never_split;
  }
  return document;
}

ordered_json tokenizer_json(const TokenizedData& data) {
  const TokenizerSettings& settings = data.tokenizer;
  ordered_json added = ordered_json::array();
  for (const AddedToken& token : all_tokens(data)) {
    ordered_json entry = {{"id", token.id}};
    entry.update(entry_of(token));
    added.push_back(std::move(entry));
  }
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", settings.splits_han},
            {"strip_accents", accents_json(settings)},
            {"lowercase", settings.lowercase}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", template_json(data)},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", vocab_json(data.vocab)}}}};
}

}  // namespace tarama::input
