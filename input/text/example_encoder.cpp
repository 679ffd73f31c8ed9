// See example_encoder.hpp.
#include "input/text/example_encoder.hpp"

#include "input/text/vocab_file.hpp"

#include <algorithm>

namespace tarama::input {

PairLengths cut_longest_first(PairLengths lengths, std::int64_t room) {
  if (lengths.first + lengths.second <= room) {
    return lengths;
  }
  const bool is_first_longer = lengths.first > lengths.second;
  std::int64_t shorter = is_first_longer ? lengths.second : lengths.first;
  std::int64_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = shorter + room % 2;
  }
  return is_first_longer ? PairLengths{longer, shorter} : PairLengths{shorter, longer};
}

ExampleEncoder::ExampleEncoder(const std::vector<std::string>& vocab,
                               const TokenizerSettings& settings,
                               std::int64_t max_tokens)
    : wordpiece_(vocab, settings),
      cls_(id_of(vocab, "[CLS]")),
      sep_(id_of(vocab, "[SEP]")),
      max_tokens_(max_tokens) {}

void ExampleEncoder::append(std::string_view text,
                            std::optional<std::string_view> second_text,
                            TokenizedSplit& split) {
  first_.clear();
  second_.clear();
  wordpiece_.append_ids(text, first_);
  if (second_text) {
    wordpiece_.append_ids(*second_text, second_);
  }
  const PairLengths lengths{static_cast<std::int64_t>(first_.size()),
                            static_cast<std::int64_t>(second_.size())};
  const PairLengths kept = second_text ? cut_longest_first(lengths, max_tokens_ - 3)
                                       : PairLengths{std::min(lengths.first, max_tokens_ - 2), 0};
  if (kept != lengths) {
    ++cut_texts_;
  }
  if (lengths == PairLengths{}) {
    ++empty_texts_;
  }

  const auto start = static_cast<std::int64_t>(split.ids.size());
  split.ids.push_back(cls_);
  split.ids.insert(split.ids.end(), first_.begin(), first_.begin() + kept.first);
  split.ids.push_back(sep_);
  split.second_starts.push_back(
      static_cast<std::int32_t>(static_cast<std::int64_t>(split.ids.size()) - start));
  if (second_text) {
    split.ids.insert(split.ids.end(), second_.begin(), second_.begin() + kept.second);
    split.ids.push_back(sep_);
  }
  split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
}

}  // namespace tarama::input
