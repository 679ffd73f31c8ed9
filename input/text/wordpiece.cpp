// See wordpiece.hpp. The order of the steps is that of the original and matters: a character
// that cleaning drops no longer separates words, for one.
#include "input/text/wordpiece.hpp"

#include "core/sweep/assert.hpp"
#include "input/files/utf8.hpp"
#include "input/text/unicode_properties.hpp"

#include <array>

namespace tarama::input {
namespace {

using Words = std::vector<std::u32string>;

constexpr std::size_t longest_word = 100;  // characters; longer ones are [UNK], as in the original

// Beyond these a text repeats little, and memory is worth more: 2^18 short stretches take
// about 40 MB.
constexpr std::size_t most_remembered = std::size_t{1} << 18U;
constexpr std::size_t longest_remembered = 48;  // bytes

std::string to_utf8(const std::u32string& text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t code_point : text) {
    append_utf8(bytes, code_point);
  }
  return bytes;
}

void end_word(Words& words, std::u32string& word) {
  if (!word.empty()) {
    words.push_back(std::move(word));
  }
  word.clear();
}

/// Cleans, sets Han characters apart where that is wanted, splits at spaces.
Words spaced_words(std::string_view text, bool splits_han) {
  Words words;
  std::u32string word;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code_point = next_code_point(text, at).value_or(replacement_character);
    if (code_point == '\t' || code_point == '\n' || code_point == '\r') {
      end_word(words, word);
    } else if (code_point == replacement_character || is_other(code_point)) {
      continue;
    } else if (is_space(code_point)) {
      end_word(words, word);
    } else if (splits_han && is_han(code_point)) {
      end_word(words, word);
      words.emplace_back(1, code_point);
    } else {
      word += code_point;
    }
  }
  end_word(words, word);
  return words;
}

/// Lowered, then without accents, as far as the settings say so.
std::u32string folded(const std::u32string& text, const TokenizerSettings& settings) {
  std::u32string kept = settings.lowercase ? lower(text) : text;
  if (settings.strips_accents()) {
    kept = decompose(kept);
    std::erase_if(kept, is_nonspacing_mark);
  }
  return kept;
}

/// A text as added tokens that are `normalized` are sought in it: cleaned, Han characters between
/// spaces, folded. Every space stays one.
std::string normalized_text(std::string_view text, const TokenizerSettings& settings) {
  std::u32string cleaned;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code_point = next_code_point(text, at).value_or(replacement_character);
    if (is_space(code_point)) {
      cleaned += U' ';
    } else if (code_point == replacement_character || is_other(code_point)) {
      continue;
    } else if (settings.splits_han && is_han(code_point)) {
      cleaned += {U' ', code_point, U' '};
    } else {
      cleaned += code_point;
    }
  }
  return to_utf8(folded(cleaned, settings));
}

bool is_one_of(std::string_view word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void append_split_at_punctuation(const std::u32string& word, std::vector<std::string>& words) {
  std::string part;
  const auto end_part = [&] {
    if (!part.empty()) {
      words.push_back(std::move(part));
    }
    part.clear();
  };
  for (const char32_t code_point : word) {
    if (is_space(code_point)) {  // decomposition may make one
      end_part();
    } else if (is_punctuation(code_point)) {
      end_part();
      append_utf8(part, code_point);
      end_part();
    } else {
      append_utf8(part, code_point);
    }
  }
  end_part();
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & '\xC0') != '\x80'; }));
}

bool is_inside_character(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] & '\xC0') == '\x80';
}

}  // namespace

bool is_special_piece(std::string_view word) {
  constexpr std::array<std::string_view, 5> specials = {
      "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};
  return std::find(specials.begin(), specials.end(), word) != specials.end();
}

std::vector<std::string> basic_words(std::string_view text, const TokenizerSettings& settings) {
  std::vector<std::string> words;
  for (const std::u32string& spaced : spaced_words(text, settings.splits_han)) {
    std::string bytes = to_utf8(spaced);
    if (is_special_piece(bytes) || is_one_of(bytes, settings.never_split)) {
      words.push_back(std::move(bytes));
    } else {
      append_split_at_punctuation(folded(spaced, settings), words);
    }
  }
  return words;
}

WordPiece::WordPiece(const std::vector<std::string>& vocab, TokenizerSettings settings)
    : settings_(std::move(settings)) {
  for (const AddedToken& token : settings_.added) {
    if (token.normalized) {
      normalized_.add(normalized_text(token.content, settings_), token);
    } else {
      as_they_came_.add(token.content, token);
    }
  }
  for (std::size_t id = 0; id < vocab.size(); ++id) {
    const std::string& piece = vocab[id];
    starts_[piece] = static_cast<std::int32_t>(id);
    if (piece.starts_with("##")) {
      continuations_[piece.substr(2)] = static_cast<std::int32_t>(id);
    }
    longest_piece_ = std::max(longest_piece_, piece.size());
  }
  const auto unknown = starts_.find("[UNK]");
  TARAMA_ASSERT(unknown != starts_.end(), "readers of vocabularies check that [UNK] is there");
  unknown_ = unknown->second;
}

void WordPiece::append_ids(std::string_view text, std::vector<std::int32_t>& ids) {
  const auto append_token = [&](std::int32_t id) { ids.push_back(id); };
  as_they_came_.split(text, append_token, [&](std::string_view between) {
    if (normalized_.is_empty()) {
      return append_ids_between(between, ids);
    }
    normalized_.split(normalized_text(between, settings_),
                      append_token,
                      [&](std::string_view rest) { append_ids_between(rest, ids); });
  });
}

void WordPiece::append_ids_between(std::string_view text, std::vector<std::int32_t>& ids) {
  for_each_stretch(text, [&](std::string_view stretch) {
    if (const auto known = remembered_.find(stretch); known != remembered_.end()) {
      ids.insert(ids.end(), known->second.begin(), known->second.end());
      return;
    }
    std::vector<std::int32_t> found = ids_of_stretch(stretch);
    ids.insert(ids.end(), found.begin(), found.end());
    if (stretch.size() <= longest_remembered && remembered_.size() < most_remembered) {
      remembered_.emplace(stretch, std::move(found));
    }
  });
}

std::vector<std::int32_t> WordPiece::ids_of_stretch(std::string_view stretch) const {
  std::vector<std::int32_t> ids;
  for (const std::string& word : basic_words(stretch, settings_)) {
    if (!is_one_of(word, settings_.never_split)) {
      append_pieces(word, ids);
      continue;
    }
    const auto whole = starts_.find(word);
    ids.push_back(whole == starts_.end() ? unknown_ : whole->second);
  }
  return ids;
}

void WordPiece::append_pieces(std::string_view word, std::vector<std::int32_t>& ids) const {
  if (characters_in(word) > longest_word) {
    ids.push_back(unknown_);
    return;
  }
  const std::size_t before = ids.size();
  for (std::size_t from = 0; from < word.size();) {
    const StringMap<std::int32_t>& pieces = from == 0 ? starts_ : continuations_;
    std::size_t to = std::min(word.size(), from + longest_piece_);
    auto piece = pieces.end();
    for (; to > from; --to) {
      if (is_inside_character(word, to)) {
        continue;
      }
      piece = pieces.find(word.substr(from, to - from));
      if (piece != pieces.end()) {
        break;
      }
    }
    if (to == from) {  // one part that no piece covers makes the whole word unknown
      ids.resize(before);
      ids.push_back(unknown_);
      return;
    }
    ids.push_back(piece->second);
    from = to;
  }
}

}  // namespace tarama::input
