// The tokenizer against the original: `tokenization.py` of pytorch_pretrained_bert 0.6.2 with
// the vocabulary of bert-base-uncased printed the ids in wordpiece_vectors.json. They are whole
// numbers, so there is no tolerance. wordpiece_pieces.json holds, with their ids, all pieces of
// that vocabulary that can match anywhere in these texts, and says how they were chosen.
#include "input/text/wordpiece.hpp"

#include "tests/support/reference_vectors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tarama::input {
namespace {

/// The vocabulary by id. A piece that was left out has a space, so that no word can be it.
std::vector<std::string> pieces_by_id() {
  const auto pieces = test::reference_vectors("wordpiece_pieces").at("pieces");
  std::vector<std::string> vocab;
  for (const auto& [piece, id] : pieces.items()) {
    const auto index = id.get<std::size_t>();
    while (vocab.size() <= index) {
      vocab.push_back(fmt::format("left out {}", vocab.size()));
    }
    vocab[index] = piece;
  }
  return vocab;
}

class WordPieceVectors : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::int32_t> ids_of(const std::string& text) const {
    WordPiece wordpiece(vocab_, TokenizerSettings{});
    std::vector<std::int32_t> ids;
    wordpiece.append_ids(text, ids);
    return ids;
  }

  std::vector<std::string> vocab_ = pieces_by_id();
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
  WordPiece wordpiece(vocab_, TokenizerSettings{});

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
