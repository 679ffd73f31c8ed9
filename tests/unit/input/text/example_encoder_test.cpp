// Examples as token ids: special tokens, segments, cutting.
#include "input/text/example_encoder.hpp"

#include <gtest/gtest.h>

namespace tarama::input {
namespace {

const std::vector<std::string> vocab = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b"};

TEST(ExampleEncoder, PutsSpecialTokensAroundTheText) {
  ExampleEncoder encoder(vocab, TokenizerSettings{}, 8);
  TokenizedSplit split;
  encoder.append("a b", std::nullopt, split);
  encoder.append("", std::nullopt, split);

  EXPECT_EQ(split, (TokenizedSplit{{2, 4, 5, 3, 2, 3}, {0, 4, 6}, {4, 2}, {}}));
  EXPECT_EQ(encoder.empty_texts(), 1);
  EXPECT_EQ(encoder.cut_texts(), 0);
}

TEST(ExampleEncoder, PutsTheSecondTextInSegmentB) {
  ExampleEncoder encoder(vocab, TokenizerSettings{}, 8);
  TokenizedSplit split;
  encoder.append("a", "b b", split);

  EXPECT_EQ(split, (TokenizedSplit{{2, 4, 3, 5, 5, 3}, {0, 6}, {3}, {}}));
}

TEST(ExampleEncoder, CutsTheTailOfALongTextAndCountsIt) {
  ExampleEncoder encoder(vocab, TokenizerSettings{}, 4);
  TokenizedSplit split;
  encoder.append("a b a b", std::nullopt, split);

  EXPECT_EQ(split, (TokenizedSplit{{2, 4, 5, 3}, {0, 4}, {4}, {}}));
  EXPECT_EQ(encoder.cut_texts(), 1);
}

// As AutoTokenizer of transformers 5.23 (tokenizers 0.23) cuts with truncation=True:
// t("a " * first, "a " * second, truncation=True, max_length=room + 3).
TEST(ExampleEncoder, CutsTheLongerOfTwoTextsFirst) {
  EXPECT_EQ(cut_longest_first({3, 4}, 7), (PairLengths{3, 4}));
  EXPECT_EQ(cut_longest_first({10, 3}, 7), (PairLengths{4, 3}));
  EXPECT_EQ(cut_longest_first({1, 10}, 7), (PairLengths{1, 6}));
  EXPECT_EQ(cut_longest_first({10, 10}, 7), (PairLengths{3, 4}));
  EXPECT_EQ(cut_longest_first({12, 10}, 7), (PairLengths{4, 3}));
  EXPECT_EQ(cut_longest_first({10, 12}, 7), (PairLengths{3, 4}));
}

}  // namespace
}  // namespace tarama::input
