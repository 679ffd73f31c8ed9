// Vocabularies: read from a file, and made of the training texts.
#include "input/text/vocab_builder.hpp"
#include "input/text/vocab_file.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

namespace tarama::input {
namespace {

using Pieces = std::vector<std::string>;

class VocabFileReader : public InputFolder {};

TEST_F(VocabFileReader, TheIdOfAPieceIsItsLine) {
  write("vocab.txt", "\xEF\xBB\xBF[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\n");

  EXPECT_EQ(read_vocab_file(path("vocab.txt"))->pieces,
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"}));
}

TEST_F(VocabFileReader, CountsPiecesThatStandThereTwice) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n");

  const auto vocab = read_vocab_file(path("vocab.txt"));

  EXPECT_EQ(vocab->duplicates, 1);
  EXPECT_EQ(id_of(vocab->pieces, "a"), 5);
}

TEST_F(VocabFileReader, NamesTheSpecialPiecesThatAreMissing) {
  write("vocab.txt", "[PAD]\n[CLS]\nword\n");

  EXPECT_EQ(read_vocab_file(path("vocab.txt")).error(),
            (Error{Errc::invalid_config,
                   path("vocab.txt").string() +
                       ": the vocabulary (3 lines) lacks [UNK], [SEP]; expected a vocab.txt as "
                       "BERT's, a word piece per line"}));
}

TEST_F(VocabFileReader, RefusesAPaddingPieceThatIsNotTheFirst) {
  write("vocab.txt", "[UNK]\n[PAD]\n[CLS]\n[SEP]\n");

  EXPECT_EQ(read_vocab_file(path("vocab.txt")).error(),
            (Error{Errc::invalid_config,
                   path("vocab.txt").string() +
                       ":2: [PAD] is piece 1, expected it in the first line alone: texts are "
                       "filled up with id 0, as BERT's are"}));
}

TEST_F(VocabFileReader, RefusesAPaddingPieceThatStandsAgainFurtherDown) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[PAD]\n");

  EXPECT_EQ(read_vocab_file(path("vocab.txt")).error().message,
            path("vocab.txt").string() +
                ":5: [PAD] is piece 4, expected it in the first line alone: texts are filled up "
                "with id 0, as BERT's are");
}

TEST_F(VocabFileReader, SaysThatAFileIsNotThere) {
  EXPECT_EQ(read_vocab_file(path("none.txt")).error(),
            (Error{Errc::not_found, path("none.txt").string() + ": there is no such file"}));
}

TEST(VocabBuilder, HasSpecialPiecesThenCharactersThenWordsTheCommonestFirst) {
  EXPECT_EQ(
      build_vocab({"ab ab ab", "ba ba Ca c"}, Casing::lowered, 100),
      (Pieces{
          "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##a", "##b", "a", "b", "c", "ab", "ba"}));
}

TEST(VocabBuilder, LeavesHalfOfTheVocabularyToWords) {
  EXPECT_EQ(build_vocab({"abc abc xyz xyz xyz"}, Casing::lowered, 14),
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##y", "##z", "xyz", "abc"}));
}

TEST(VocabBuilder, TakesNoSpecialPieceOfATextAndNoMoreThanItMay) {
  EXPECT_EQ(build_vocab({"[CLS] [CLS] aa aa bb bb bb"}, Casing::lowered, 6),
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bb"}));
}

}  // namespace
}  // namespace tarama::input
