// See vocab_builder.hpp.
#include "input/text/vocab_builder.hpp"

#include "input/files/utf8.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tarama::input {
namespace {

using Counts = StringMap<std::int64_t>;
using Counted = std::pair<std::string, std::int64_t>;

constexpr std::int64_t fewest_of_a_word = 2;  // a word seen once teaches its piece nothing

void count(Counts& counts, std::string_view piece, std::int64_t times) {
  const auto found = counts.find(piece);
  if (found != counts.end()) {
    found->second += times;
  } else {
    counts.emplace(piece, times);
  }
}

/// How often each word stands in the texts. Each distinct stretch is split once.
Counts count_words(const std::vector<std::string_view>& texts, const TokenizerSettings& settings) {
  Counts stretches;
  for (const std::string_view text : texts) {
    for_each_stretch(text, [&](std::string_view stretch) { count(stretches, stretch, 1); });
  }
  Counts words;
  for (const auto& [stretch, times] : stretches) {
    for (const std::string& word : basic_words(stretch, settings)) {
      if (!is_special_piece(word)) {
        count(words, word, times);
      }
    }
  }
  return words;
}

Counts count_characters(const Counts& words) {
  Counts characters;
  std::string piece;
  for (const auto& [word, times] : words) {
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t from = at;
      (void)next_code_point(word, at);  // its value is of no use: words are UTF-8
      piece = from == 0 ? "" : "##";
      piece.append(word, from, at - from);
      count(characters, piece, times);
    }
  }
  return characters;
}

std::vector<Counted> commonest_first(const Counts& counts) {
  std::vector<Counted> ordered(counts.begin(), counts.end());
  std::sort(ordered.begin(), ordered.end(), [](const Counted& a, const Counted& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return ordered;
}

}  // namespace

std::vector<std::string> build_vocab(const std::vector<std::string_view>& texts,
                                     const TokenizerSettings& settings,
                                     std::int64_t vocab_size) {
  std::vector<std::string> vocab = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(vocab_size, 0));
  const Counts words = count_words(texts, settings);
  std::unordered_set<std::string> taken(vocab.begin(), vocab.end());
  for (const auto& [piece, times] : commonest_first(count_characters(words))) {
    if (vocab.size() >= most / 2) {
      break;
    }
    if (taken.insert(piece).second) {
      vocab.push_back(piece);
    }
  }
  for (const auto& [word, times] : commonest_first(words)) {
    if (vocab.size() >= most || times < fewest_of_a_word) {
      break;
    }
    if (taken.insert(word).second) {
      vocab.push_back(word);
    }
  }
  return vocab;
}

}  // namespace tarama::input
