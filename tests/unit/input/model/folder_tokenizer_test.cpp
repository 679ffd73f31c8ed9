// A folder's tokenizer: settings that change ids are honoured, or refused by name. The ids of whole
// texts are held against AutoTokenizer by tests/interop.
#include "input/model/folder_tokenizer.hpp"

#include "input/text/wordpiece.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::input {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::int32_t>;
using nlohmann::json;

/// tokenizer.json of small_vocab as `transformers` writes it.
json small_tokenizer_json() {
  json vocab;
  const std::vector<std::string> pieces = {
      "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"};
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    vocab[pieces[id]] = id;
  }
  return {{"version", "1.0"},
          {"added_tokens", json::array()},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", nullptr},
            {"lowercase", true}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"model", {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"vocab", vocab}}}};
}

class TokenizerOfAFolder : public InputFolder {
 protected:
  TokenizerOfAFolder() { write("model/vocab.txt", small_vocab); }

  void write_vocab(const std::string& more) const {
    write("model/vocab.txt", std::string(small_vocab) + more);
  }

  void write_config(const json& config) const {
    write("model/tokenizer_config.json", config.dump());
  }

  void write_json_alone(const json& whole) const {
    std::filesystem::remove(path("model/vocab.txt"));
    write("model/tokenizer.json", whole.dump());
  }

  /// The ids of a text; an empty list, and a failure, where the folder is refused.
  [[nodiscard]] Ids ids(std::string_view text) const {
    Findings findings;
    const auto tokenizer = read_folder_tokenizer(path("model"), findings);
    if (!tokenizer) {
      ADD_FAILURE() << findings.problems.front().message;
      return {};
    }
    WordPiece wordpiece(tokenizer->pieces, tokenizer->settings);
    Ids found;
    wordpiece.append_ids(text, found);
    return found;
  }

  [[nodiscard]] std::string problem() const {
    Findings findings;
    (void)read_folder_tokenizer(path("model"), findings);
    return findings.problems.empty() ? "" : findings.problems.front().message;
  }

  [[nodiscard]] std::vector<std::string> warnings() const {
    Findings findings;
    (void)read_folder_tokenizer(path("model"), findings);
    std::vector<std::string> codes;
    for (const Warning& warning : findings.warnings) {
      codes.push_back(warning.code);
    }
    return codes;
  }
};

TEST_F(TokenizerOfAFolder, KeepsAccentsWhereItSaysSo) {
  write_vocab("schon\nschön\n");
  EXPECT_EQ(ids("Schön"), Ids{8});
  write_config({{"do_lower_case", true}, {"strip_accents", false}});
  EXPECT_EQ(ids("Schön"), Ids{9});
  write_config({{"do_lower_case", false}, {"strip_accents", true}});
  EXPECT_EQ(ids("Schön schön"), (Ids{1, 8}));
}

TEST_F(TokenizerOfAFolder, KeepsHanCharactersTogetherWhereItSaysSo) {
  write_vocab("東京\n東\n京\n");
  EXPECT_EQ(ids("東京"), (Ids{9, 10}));
  write_config({{"tokenize_chinese_chars", false}});
  EXPECT_EQ(ids("東京"), Ids{8});
}

TEST_F(TokenizerOfAFolder, NeverSplitsTheWordsThatItNames) {
  write_vocab("c++\nc\n+\n");
  EXPECT_EQ(ids("c++"), (Ids{9, 10, 10}));
  write_config({{"never_split", {"c++", "C++"}}});
  EXPECT_EQ(ids("c++ C++ c++,"), (Ids{8, 1, 9, 10, 10, 1}));
}

TEST_F(TokenizerOfAFolder, KeepsAddedTokensWhole) {
  write("model/added_tokens.json", R"({"[DRUG]": 8, "gene-x": 9})");
  write_config({{"additional_special_tokens", {"[DRUG]"}}});

  EXPECT_EQ(ids("good[DRUG]bad"), (Ids{5, 8, 6}));
  EXPECT_EQ(ids("[drug]").size(), 3u);      // special ones are sought in texts as they came,
  EXPECT_EQ(ids("a GENE-X"), (Ids{1, 9}));  // the others in lowered ones
}

TEST_F(TokenizerOfAFolder, DoesWithAddedTokensWhatTheDecoderSays) {
  const auto token = [](const char* content, bool normalized, bool single_word) {
    return json{{"content", content}, {"normalized", normalized}, {"single_word", single_word}};
  };
  write_config({{"added_tokens_decoder",
                 {{"8", token("New York", false, false)},
                  {"9", token("Café", true, false)},
                  {"10", token("art", false, true)},
                  {"11", token("New York City", false, false)}}}});

  EXPECT_EQ(ids("good New York good"), (Ids{5, 8, 5}));
  EXPECT_EQ(ids("new york"), (Ids{1, 1}));
  EXPECT_EQ(ids("New York City"), Ids{11});  // the longest
  EXPECT_EQ(ids("CAFE cafés"), (Ids{9, 9, 1}));
  EXPECT_EQ(ids("art, bart arts art"), (Ids{10, 1, 1, 1, 10}));
}

TEST_F(TokenizerOfAFolder, GivesSpecialTokensWithoutAnIdTheNextOnes) {
  write_config({{"extra_special_tokens", {{"drug_token", "[DRUG]"}}}});
  EXPECT_EQ(ids("[DRUG]"), Ids{8});
  write_vocab("[drug]\n[DRUG]\n");
  EXPECT_EQ(ids("[DRUG]"), Ids{9});
}

TEST_F(TokenizerOfAFolder, RefusesTokensWhoseIdsContradict) {
  write("model/added_tokens.json", R"({"[DRUG]": 5})");
  EXPECT_THAT(problem(),
              HasSubstr("the added token '[DRUG]' has the id 5, which is that of 'good'"));
  write("model/added_tokens.json", R"({"good": 9})");
  EXPECT_THAT(problem(), HasSubstr("the added token 'good' has the id 9 in one file and 5 in"));
}

TEST_F(TokenizerOfAFolder, RefusesByNameWhatItDoesNotDo) {
  const auto problem_of = [&](const json& config) {
    write_config(config);
    return problem();
  };
  EXPECT_THAT(problem_of({{"tokenizer_class", "RobertaTokenizer"}}),
              HasSubstr("'tokenizer_class' is 'RobertaTokenizer'"));
  EXPECT_THAT(problem_of({{"do_basic_tokenize", false}}),
              HasSubstr("'do_basic_tokenize' is false"));
  EXPECT_THAT(problem_of({{"unk_token", "<unk>"}}), HasSubstr("'unk_token' is '<unk>'"));
  EXPECT_THAT(problem_of({{"truncation_side", "left"}}), HasSubstr("'truncation_side' is 'left'"));
  EXPECT_THAT(problem_of({{"strip_accents", "yes"}}), HasSubstr("'strip_accents' is \"yes\""));
  EXPECT_THAT(problem_of({{"tokenizer_class", "PreTrainedTokenizerFast"}}),
              HasSubstr("needs a tokenizer.json"));
  EXPECT_EQ(problem_of({{"tokenizer_class", "DistilBertTokenizerFast"}}), "");
}

TEST_F(TokenizerOfAFolder, TakesVocabularyAndSettingsFromTokenizerJsonAlone) {
  json whole = small_tokenizer_json();
  write_json_alone(whole);
  EXPECT_EQ(ids("Good film"), (Ids{5, 7}));
  whole["normalizer"]["lowercase"] = false;
  write_json_alone(whole);
  EXPECT_EQ(ids("Good film"), (Ids{1, 7}));
  whole["added_tokens"] = {{{"id", 8}, {"content", "Good"}, {"normalized", false}}};
  write_json_alone(whole);
  EXPECT_EQ(ids("Good film"), (Ids{8, 7}));
}

TEST_F(TokenizerOfAFolder, RefusesATokenizerJsonOfAnotherKind) {
  const auto problem_with = [&](const std::function<void(json&)>& change) {
    json whole = small_tokenizer_json();
    change(whole);
    write_json_alone(whole);
    return problem();
  };
  EXPECT_THAT(problem_with([](json& whole) { whole["model"]["type"] = "BPE"; }),
              HasSubstr("its model is 'BPE'"));
  EXPECT_THAT(problem_with([](json& whole) {
                whole["normalizer"] = {{"type", "Lowercase"}};
              }),
              HasSubstr("its normalizer is 'Lowercase'"));
  EXPECT_THAT(problem_with([](json& whole) { whole["pre_tokenizer"] = nullptr; }),
              HasSubstr("its pre_tokenizer is 'none'"));
  EXPECT_THAT(problem_with([](json& whole) { whole["model"]["unk_token"] = "<unk>"; }),
              HasSubstr("'model.unk_token' is \"<unk>\""));
  EXPECT_THAT(problem_with([](json& whole) { whole["model"]["vocab"].erase("[SEP]"); }),
              HasSubstr("its vocabulary lacks [SEP]"));
  EXPECT_THAT(problem_with([](json& whole) { whole["model"]["vocab"]["x"] = -1; }),
              HasSubstr("piece 'x' has the id -1"));
}

TEST_F(TokenizerOfAFolder, TakesWhatTransformersTakesWhereTwoFilesDiffer) {
  json whole = small_tokenizer_json();
  whole["normalizer"]["lowercase"] = false;
  write("model/tokenizer.json", whole.dump());
  write_config({{"do_lower_case", true}});
  EXPECT_EQ(ids("Good"), Ids{5});
  EXPECT_THAT(warnings(), ElementsAre("tokenizer_settings"));
  write_config({{"do_lower_case", true}, {"tokenizer_class", "PreTrainedTokenizerFast"}});
  EXPECT_EQ(ids("Good"), Ids{1});
}

TEST_F(TokenizerOfAFolder, RefusesTwoVocabularies) {
  json whole = small_tokenizer_json();
  whole["model"]["vocab"]["film"] = 6;
  whole["model"]["vocab"]["bad"] = 7;
  write("model/tokenizer.json", whole.dump());

  EXPECT_THAT(problem(), HasSubstr("vocab.txt and tokenizer.json hold different vocabularies"));
}

TEST_F(TokenizerOfAFolder, SaysWhichFilesAreMissing) {
  std::filesystem::remove(path("model/vocab.txt"));
  EXPECT_THAT(problem(), HasSubstr("there is no vocab.txt and no tokenizer.json"));
  write("model/merges.txt", "");
  EXPECT_THAT(problem(), HasSubstr("merges.txt is there"));
}

class WarningsOfAVocabulary : public InputFolder {
 protected:
  [[nodiscard]] std::vector<std::string> codes(const std::string& pieces) const {
    ModelConfig config = small_config();
    config.vocab_size = 100;
    write_model(config);
    write("model/vocab.txt", std::string(small_vocab) + pieces);
    const PrepareOutcome outcome = prepare(from_folder());
    std::vector<std::string> codes;
    for (const Warning& warning :
         outcome.prepared ? outcome.prepared->warnings : std::vector<Warning>()) {
      codes.push_back(warning.code);
    }
    return codes;
  }

  [[nodiscard]] static std::string lines(std::string_view letters) {
    std::string text;
    for (const char letter : letters) {
      text += std::string(1, letter) + "\n";
    }
    return text;
  }
};

TEST_F(WarningsOfAVocabulary, TellsACasedOneWhoseTextsAreLowered) {
  EXPECT_THAT(codes(lines("ABCDEFGHIJKLMNOP")), testing::Contains("cased_vocabulary"));
  EXPECT_THAT(codes(lines("abcdefghijklmnop")),
              testing::Not(testing::Contains("cased_vocabulary")));
}

TEST_F(WarningsOfAVocabulary, TellsALoweredOneWhoseTextsAreNot) {
  write("model/tokenizer_config.json", R"({"do_lower_case": false})");

  EXPECT_THAT(codes(lines("abcdefghijklmnopqrs")), testing::Contains("uncased_vocabulary"));
}

TEST_F(WarningsOfAVocabulary, TellsAccentsThatTextsLose) {
  const std::string accented = "à\ná\nâ\nã\nä\nå\nè\né\nê\në\n";
  EXPECT_THAT(codes(accented), testing::Contains("accented_vocabulary"));
  write("model/tokenizer_config.json", R"({"strip_accents": false})");
  EXPECT_THAT(codes(accented), testing::Not(testing::Contains("accented_vocabulary")));
}

}  // namespace
}  // namespace tarama::input
