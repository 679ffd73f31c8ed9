// See added_tokens.hpp.
#include "input/text/added_tokens.hpp"

#include "input/files/utf8.hpp"
#include "input/text/unicode_properties.hpp"

#include <algorithm>

namespace tarama::input {
namespace {

bool begins_with_word(std::string_view text) {
  std::size_t at = 0;
  return !text.empty() && is_word_character(next_code_point(text, at).value_or(' '));
}

bool ends_with_word(std::string_view text) {
  std::size_t last = text.size();
  while (last > 0 && (text[last - 1] & '\xC0') == '\x80') {
    --last;
  }
  return last > 0 && begins_with_word(text.substr(last - 1));
}

}  // namespace

void AddedTokens::add(std::string text, const AddedToken& token) {
  if (text.empty()) {
    return;
  }
  std::vector<Sought>& sought = by_first_byte_[text.front()];
  const auto shorter = std::find_if(sought.begin(), sought.end(), [&](const Sought& other) {
    return other.text.size() < text.size();
  });
  sought.insert(shorter, {std::move(text), token.id, token.single_word});
}

std::optional<AddedTokens::Match> AddedTokens::match_at(std::string_view text,
                                                        std::size_t at) const {
  const auto candidates = by_first_byte_.find(text[at]);
  if (candidates == by_first_byte_.end()) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(at);
  for (const Sought& sought : candidates->second) {
    if (!rest.starts_with(sought.text)) {
      continue;
    }
    const std::size_t bytes = sought.text.size();
    const bool is_part = sought.is_single_word && (ends_with_word(text.substr(0, at)) ||
                                                   begins_with_word(rest.substr(bytes)));
    return Match{sought.id, bytes, !is_part};
  }
  return std::nullopt;
}

}  // namespace tarama::input
