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

TEST_F(VocabFileReader, TakesAPaddingPieceAnywhere) {
  write("vocab.txt", "[UNK]\n[PAD]\n[CLS]\n[SEP]\n");

  EXPECT_EQ(id_of(read_vocab_file(path("vocab.txt"))->pieces, "[PAD]"), 1);
}

TEST_F(VocabFileReader, SpacesAroundAPieceAreNoPartOfIt) {
  write("vocab.txt", "[PAD]\n[UNK] \n[CLS]\n[SEP]\nw1 \n\tw2\u00A0\u3000\nw 3\n");

  EXPECT_EQ(read_vocab_file(path("vocab.txt"))->pieces,
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "w1", "w2", "w 3"}));
}

TEST_F(VocabFileReader, LinesEndAtALoneCarriageReturnToo) {
  write("vocab.txt", "[PAD]\r[UNK]\r[CLS]\r\n[SEP]\ra\u2028b");

  EXPECT_EQ(read_vocab_file(path("vocab.txt"))->pieces,
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a\u2028b"}));
}

TEST_F(VocabFileReader, EmptyLinesCountButForThoseAtTheEnd) {
  write("vocab.txt", "[PAD]\n[UNK]\n\n[CLS]\n[SEP]\n\n \n");

  const auto vocab = read_vocab_file(path("vocab.txt"));

  EXPECT_EQ(vocab->pieces, (Pieces{"[PAD]", "[UNK]", "", "[CLS]", "[SEP]"}));
  EXPECT_EQ(vocab->duplicates, 0);
}

TEST_F(VocabFileReader, RefusesWhatIsNotUtf8) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n\xFC\n");

  EXPECT_EQ(read_vocab_file(path("vocab.txt")).error().message,
            path("vocab.txt").string() + ": is not UTF-8, expected a vocab.txt as BERT's");
}

TEST_F(VocabFileReader, SaysThatAFileIsNotThere) {
  EXPECT_EQ(read_vocab_file(path("none.txt")).error(),
            (Error{Errc::not_found, path("none.txt").string() + ": there is no such file"}));
}

TEST(VocabBuilder, HasSpecialPiecesThenCharactersThenWordsTheCommonestFirst) {
  EXPECT_EQ(
      build_vocab({"ab ab ab", "ba ba Ca c"}, TokenizerSettings{}, 100),
      (Pieces{
          "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##a", "##b", "a", "b", "c", "ab", "ba"}));
}

TEST(VocabBuilder, LeavesHalfOfTheVocabularyToWords) {
  EXPECT_EQ(build_vocab({"abc abc xyz xyz xyz"}, TokenizerSettings{}, 14),
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##y", "##z", "xyz", "abc"}));
}

TEST(VocabBuilder, TakesNoSpecialPieceOfATextAndNoMoreThanItMay) {
  EXPECT_EQ(build_vocab({"[CLS] [CLS] aa aa bb bb bb"}, TokenizerSettings{}, 6),
            (Pieces{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bb"}));
}

}  // namespace
}  // namespace tarama::input
