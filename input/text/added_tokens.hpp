// Added tokens sought in a text, as the package `tokenizers` seeks them: from the left, the longest
// first, whole. Pure.
#pragma once

#include "core/training/tokenizer_settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

class AddedTokens {
 public:
  /// `text` is what is sought: the content, normalized where the token says so. An empty one is
  /// never found.
  void add(std::string text, const AddedToken& token);

  [[nodiscard]] bool is_empty() const { return by_first_byte_.empty(); }

  /// Calls `take_token` with the id of each token found, and `take_text` with what lies before,
  /// between and behind them, in the order of the text. Empty stretches are left out.
  template <class TakeToken, class TakeText>
  void split(std::string_view text, TakeToken take_token, TakeText take_text) const {
    std::size_t begin = 0;
    for (std::size_t at = 0; !is_empty() && at < text.size();) {
      const std::optional<Match> match = match_at(text, at);
      if (!match) {
        ++at;
        continue;
      }
      if (match->is_taken) {
        if (begin < at) {
          take_text(text.substr(begin, at - begin));
        }
        take_token(match->id);
        begin = at + match->bytes;
      }
      at += match->bytes;
    }
    if (begin < text.size()) {
      take_text(text.substr(begin));
    }
  }

 private:
  struct Sought {
    std::string text;
    std::int32_t id = 0;
    bool is_single_word = false;
  };

  struct Match {
    std::int32_t id = 0;
    std::size_t bytes = 0;
    bool is_taken = true;  // false: part of a longer word, and passed over as a whole
  };

  [[nodiscard]] std::optional<Match> match_at(std::string_view text, std::size_t at) const;

  std::map<char, std::vector<Sought>> by_first_byte_;  // the longest first
};

}  // namespace tarama::input
