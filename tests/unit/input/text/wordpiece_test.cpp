// The rules of BERT's tokenizer that are easy to get wrong, on vocabularies of a few pieces. The
// ids of whole texts are held against the original in tests/reference/wordpiece_test.cpp; the
// words here are what its BasicTokenizer gives under Python 3.11 (unicodedata 14.0.0).
#include "input/text/wordpiece.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

namespace tarama::input {
namespace {

TokenizerSettings cased() {
  TokenizerSettings settings;
  settings.lowercase = false;
  return settings;
}

using Words = std::vector<std::string>;
using Ids = std::vector<std::int32_t>;

Words lowered(std::string_view text) {
  return basic_words(text, TokenizerSettings{});
}

Ids ids_of(const std::vector<std::string>& vocab, std::string_view text) {
  WordPiece wordpiece(vocab, TokenizerSettings{});
  Ids ids;
  wordpiece.append_ids(text, ids);
  return ids;
}

TEST(BasicWords, PunctuationStandsAloneAndSymbolsDoNot) {
  EXPECT_EQ(lowered("a-b $5 §€x"), (Words{"a", "-", "b", "$", "5", "§", "€x"}));
}

TEST(BasicWords, ControlAndFormatCharactersVanishWithoutSplitting) {
  EXPECT_EQ(lowered("a\u200Bb\u00ADc\x01"
                    "d\uFEFFe\x0B"
                    "f\u0085g\uE000h"),
            (Words{"abcdefgh"}));
  EXPECT_EQ(lowered(std::string("a\0b\uFFFDc", 7)), (Words{"abc"}));
}

TEST(BasicWords, SplitAtSpacesOfEveryKind) {
  EXPECT_EQ(lowered("a\u00A0b\u3000c\u2028d\u2029e\tf\rg\nh"),
            (Words{"a", "b", "c", "d", "e", "f", "g", "h"}));
}

TEST(BasicWords, HanCharactersStandAloneAndKanaDoNot) {
  EXPECT_EQ(lowered("x日本のテ𠀀y"), (Words{"x", "日", "本", "のテ", "𠀀", "y"}));
}

TEST(BasicWords, LoweringDropsAccents) {
  EXPECT_EQ(lowered("Ångström É\u0301"), (Words{"angstrom", "e"}));
  EXPECT_EQ(lowered("İstanbul ẞ"), (Words{"istanbul", "ß"}));
}

TEST(BasicWords, AFinalSigmaHasAFormOfItsOwn) {
  EXPECT_EQ(lowered("ΟΔΟΣ ΣΑΣ Σ Α.Σ ΑΣ.Β"),
            (Words{"οδος", "σας", "σ", "α", ".", "ς", "ασ", ".", "β"}));
}

TEST(BasicWords, KeptCaseKeepsAccentsToo) {
  EXPECT_EQ(basic_words("Ångström, İ", cased()), (Words{"Ångström", ",", "İ"}));
}

TEST(BasicWords, SpecialPiecesAreWholeOnlyBetweenSpaces) {
  EXPECT_EQ(lowered("[MASK] [mask] x[SEP]"),
            (Words{"[MASK]", "[", "mask", "]", "x", "[", "sep", "]"}));
}

// U+1E030 has been a letter since Unicode 15; Python 3.11 knows it not.
TEST(BasicWords, CharactersYoungerThanUnicode14Vanish) {
  EXPECT_EQ(lowered("a\U0001E030b"), (Words{"ab"}));
}

TEST(WordPiece, TakesTheLongestPieceFirst) {
  EXPECT_EQ(ids_of({"[UNK]", "un", "unaff", "##able", "##a", "##ble"}, "unaffable"), (Ids{2, 3}));
}

TEST(WordPiece, AWordWithAPartThatNoPieceCoversIsUnknownAsAWhole) {
  EXPECT_EQ(ids_of({"[UNK]", "a", "##b"}, "ab abc a"), (Ids{1, 2, 0, 1}));
}

TEST(WordPiece, PiecesAreCutBetweenCharactersNotBytes) {
  EXPECT_EQ(ids_of({"[UNK]", "д", "##а"}, "да"), (Ids{1, 2}));
}

TEST(WordPiece, AWordOfMoreThanAHundredCharactersIsUnknown) {
  const std::vector<std::string> vocab = {"[UNK]", "д", "##д"};
  std::string word;
  for (int i = 0; i < 100; ++i) {
    word += "д";
  }

  EXPECT_EQ(ids_of(vocab, word).size(), 100u);
  EXPECT_EQ(ids_of(vocab, word + "д"), (Ids{0}));
}

TEST(WordPiece, OfEqualPiecesTheLastOneCounts) {
  EXPECT_EQ(ids_of({"[UNK]", "a", "a"}, "a"), (Ids{2}));
}

RC_GTEST_PROP(WordPiece, AnyBytesHaveIdsThatTheVocabularyHas, (std::string text)) {
  const std::vector<std::string> vocab = {"[UNK]", "a", "##b", "!", "[CLS]"};
  for (const bool lowercase : {true, false}) {
    TokenizerSettings casing;
    casing.lowercase = lowercase;
    WordPiece wordpiece(vocab, casing);
    Ids ids;
    wordpiece.append_ids(text, ids);
    for (const std::int32_t id : ids) {
      RC_ASSERT(id >= 0 && static_cast<std::size_t>(id) < vocab.size());
    }
  }
}

}  // namespace
}  // namespace tarama::input
