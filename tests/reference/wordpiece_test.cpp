// The tokenizer against the original: `tokenization.py` of pytorch_pretrained_bert 0.6.2 with
// the vocabulary of bert-base-uncased printed the ids in wordpiece_vectors.json. They are whole
// numbers, so there is no tolerance. The vocabulary, which MiniLM-L6 shares, is not in the
// project: the tests are skipped where it has not been fetched.
#include "input/text/wordpiece.hpp"

#include "input/text/vocab_file.hpp"
#include "tests/support/minilm_folder.hpp"
#include "tests/support/reference_vectors.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::input {
namespace {

class WordPieceVectors : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = test::minilm_folder();
    if (!std::filesystem::exists(folder / "vocab.txt")) {
      GTEST_SKIP() << "there is no vocab.txt in " << folder
                   << "; get it with ./dev fetch-model, or set TARAMA_MINILM_DIR";
    }
    const auto vocab = read_vocab_file(folder / "vocab.txt");
    ASSERT_TRUE(vocab) << vocab.error().message;
    vocab_ = vocab->pieces;
  }

  [[nodiscard]] std::vector<std::int32_t> ids_of(const std::string& text) const {
    WordPiece wordpiece(vocab_, Casing::lowered);
    std::vector<std::int32_t> ids;
    wordpiece.append_ids(text, ids);
    return ids;
  }

  std::vector<std::string> vocab_;
};

TEST_F(WordPieceVectors, EveryTextHasTheIdsOfTheOriginal) {
  const auto cases = test::reference_vectors("wordpiece_vectors").at("cases");
  ASSERT_FALSE(cases.empty());

  for (const auto& entry : cases) {
    const auto text = entry.at("text").get<std::string>();
    EXPECT_EQ(ids_of(text), entry.at("ids").get<std::vector<std::int32_t>>()) << text;
  }
}

TEST_F(WordPieceVectors, ATextAfterManyOthersHasTheSameIds) {
  const auto cases = test::reference_vectors("wordpiece_vectors").at("cases");
  WordPiece wordpiece(vocab_, Casing::lowered);

  for (int round = 0; round < 2; ++round) {
    for (const auto& entry : cases) {
      std::vector<std::int32_t> ids;
      wordpiece.append_ids(entry.at("text").get<std::string>(), ids);
      EXPECT_EQ(ids, entry.at("ids").get<std::vector<std::int32_t>>()) << entry.at("text");
    }
  }
}

}  // namespace
}  // namespace tarama::input
