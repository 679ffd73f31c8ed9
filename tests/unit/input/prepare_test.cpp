// What `prepare` makes of sound files: ids, classes, splits, dimensions, fingerprints, warnings.
#include "input/prepare.hpp"

#include "core/training/architecture.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <stdexcept>

namespace tarama::input {
namespace {

using testing::IsEmpty;

class Prepare : public InputFolder {
 protected:
  /// The outcome of a request that has no problems.
  [[nodiscard]] static std::shared_ptr<const Prepared> prepared(const PrepareRequest& request) {
    const PrepareOutcome outcome = prepare(request);
    EXPECT_EQ(outcome.problems, std::vector<Problem>{});
    if (!outcome.prepared) {
      throw std::runtime_error("nothing was prepared");
    }
    return outcome.prepared;
  }

  [[nodiscard]] static std::string fingerprint_of(const PrepareRequest& request) {
    return prepared(request)->data->fingerprint;
  }
};

TEST_F(Prepare, GivesIdsLabelsAndClassesOfAllSplits) {
  write("model/vocab.txt", small_vocab);
  write("test.tsv", "film\tneg\n");
  PrepareRequest request = from_scratch();
  request.model.vocab = path("model/vocab.txt");
  request.data.test = path("test.tsv");

  const auto data = prepared(request)->data;

  EXPECT_EQ(data->train,
            (TokenizedSplit{{2, 5, 7, 3, 2, 6, 7, 3, 2, 5, 1, 3, 2, 6, 1, 3, 2, 5, 3, 2, 6, 3},
                            {0, 4, 8, 12, 16, 19, 22},
                            {4, 4, 4, 4, 3, 3},
                            {1, 0, 1, 0, 1, 0}}));
  EXPECT_EQ(data->eval,
            (TokenizedSplit{{2, 1, 5, 1, 3, 2, 1, 6, 1, 3}, {0, 5, 10}, {5, 5}, {1, 0}}));
  EXPECT_EQ(data->test, (TokenizedSplit{{2, 7, 3}, {0, 3}, {3}, {0}}));
  EXPECT_EQ(data->classes, (std::vector<std::string>{"neg", "pos"}));
}

TEST_F(Prepare, GivesAModelFromScratchItsDimensions) {
  PrepareRequest request = from_scratch();
  request.norm = Norm::pre;
  request.data.max_tokens = 600;

  const auto outcome = prepared(request);

  ModelConfig expected;
  expected.vocab_size = static_cast<std::int64_t>(outcome->data->vocab.size());
  expected.hidden = 4;
  expected.layers = 1;
  expected.heads = 2;
  expected.intermediate = 16;
  expected.max_positions = 600;
  expected.classes = 2;
  expected.norm = Norm::pre;
  EXPECT_EQ(outcome->config, expected);
  EXPECT_EQ(outcome->model_fingerprint, "");
}

TEST_F(Prepare, TakesDimensionsAndCasingFromAFolder) {
  write_model();
  write("model/tokenizer_config.json", R"({"do_lower_case": false, "model_max_length": 1e30})");

  const auto outcome = prepared(from_folder());

  EXPECT_EQ(outcome->config, small_config());
  EXPECT_FALSE(outcome->data->tokenizer.lowercase);
  EXPECT_EQ(outcome->data->vocab.size(), 8u);
  EXPECT_EQ(outcome->model_fingerprint.size(), 32u);
  ASSERT_EQ(outcome->warnings.size(), 1u);  // its classifier has no names, the data's classes do
  EXPECT_EQ(outcome->warnings[0].code, "foreign_classifier");
}

TEST_F(Prepare, TheSweepFilesCasingOverridesTheFolders) {
  write_model();
  write("model/tokenizer_config.json", R"({"do_lower_case": false})");
  PrepareRequest request = from_folder();
  request.model.lowercase = true;

  EXPECT_TRUE(prepared(request)->data->tokenizer.lowercase);
}

TEST_F(Prepare, TakesThePaddingPieceOfConfigElseOfTheVocabulary) {
  write_model();
  write("model/vocab.txt", "[UNK]\n[CLS]\n[PAD]\n[SEP]\n[MASK]\ngood\nbad\nfilm\n");
  EXPECT_EQ(prepare(from_folder()).prepared->config.padding_piece, 2);
  nlohmann::json config = config_json(small_config());
  config["pad_token_id"] = 0;
  write("model/config.json", config.dump());
  EXPECT_EQ(prepare(from_folder()).prepared->config.padding_piece, 0);
}

TEST_F(Prepare, TakesTheFirstLayersOfAFolder) {
  write_model();
  PrepareRequest request = from_folder();
  request.model.layers = 1;

  const auto outcome = prepared(request);
  const auto weights = load_weights(request.model, outcome->config);

  EXPECT_EQ(outcome->config.layers, 1);
  EXPECT_TRUE((*weights)->contains("bert.encoder.layer.0.output.dense.bias"));
  EXPECT_FALSE((*weights)->contains("bert.encoder.layer.1.output.dense.bias"));
}

TEST_F(Prepare, SplitsTheSameShareOffForTheSameSeed) {
  PrepareRequest request = from_scratch();
  std::string rows;
  for (int i = 0; i < 40; ++i) {
    rows += "text" + std::to_string(i) + (i % 4 == 0 ? "\tx\n" : "\ty\n");
  }
  write("train.tsv", rows);
  request.data.eval = 0.2;

  const auto data = prepared(request)->data;
  const std::string fingerprint = data->fingerprint;

  EXPECT_EQ(data->train.examples(), 32);
  EXPECT_EQ(data->eval.examples(), 8);
  EXPECT_EQ(std::count(data->eval.labels.begin(), data->eval.labels.end(), 0), 2);
  EXPECT_EQ(fingerprint_of(request), fingerprint);
  request.sweep_seed = 2;
  EXPECT_NE(fingerprint_of(request), fingerprint);
}

TEST_F(Prepare, TheSeedChangesNothingWhereEvalIsAFile) {
  PrepareRequest request = from_scratch();
  const std::string fingerprint = fingerprint_of(request);
  request.sweep_seed = 99;

  EXPECT_EQ(fingerprint_of(request), fingerprint);
}

TEST_F(Prepare, TheFormatOfTheFilesChangesNothing) {
  const std::string fingerprint = fingerprint_of(from_scratch());
  write("train.jsonl",
        "{\"t\":\"good film\",\"l\":\"pos\"}\n{\"t\":\"bad film\",\"l\":\"neg\"}\n"
        "{\"t\":\"good day\",\"l\":\"pos\"}\n{\"t\":\"bad day\",\"l\":\"neg\"}\n"
        "{\"t\":\"good\",\"l\":\"pos\"}\n{\"t\":\"bad\",\"l\":\"neg\"}\n");
  write("eval.csv", "l,t\r\npos,\"a good one\"\r\nneg,a bad one\r\n");
  PrepareRequest request = from_scratch();
  request.data.train = path("train.jsonl");
  request.data.eval = path("eval.csv").string();
  request.data.text = "t";
  request.data.label = "l";
  request.data.header = true;

  EXPECT_EQ(fingerprint_of(request), fingerprint);
}

TEST_F(Prepare, EverySettingOfTheDataChangesTheFingerprint) {
  const std::string fingerprint = fingerprint_of(from_scratch());
  PrepareRequest cut = from_scratch();
  cut.data.max_tokens = 3;
  PrepareRequest cased = from_scratch();
  cased.model.lowercase = false;
  PrepareRequest small = from_scratch();
  small.model.vocab_size = 10;

  EXPECT_NE(fingerprint_of(cut), fingerprint);
  EXPECT_NE(fingerprint_of(cased), fingerprint);
  EXPECT_NE(fingerprint_of(small), fingerprint);
}

TEST_F(Prepare, AnyFileOfAModelFolderChangesItsFingerprint) {
  write_model();
  const std::string fingerprint = prepared(from_folder())->model_fingerprint;
  ModelWeights other = initial_weights(small_config(), 2);
  write_model(small_config(), other);
  const std::string other_weights = prepared(from_folder())->model_fingerprint;
  write("model/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nbad\ngood\nfilm\n");
  const std::string other_vocab = prepared(from_folder())->model_fingerprint;

  EXPECT_NE(other_weights, fingerprint);
  EXPECT_NE(other_vocab, other_weights);
}

TEST_F(Prepare, CountsCutAndEmptyTextsAndInvalidBytes) {
  write("train.tsv", "one two three\tx\n\ty\nc\xE9\ty\n");
  write("eval.tsv", "b\tx\n");
  PrepareRequest request = from_scratch();
  request.data.max_tokens = 4;

  const auto outcome = prepared(request);

  EXPECT_EQ(outcome->cut_texts, 1);
  EXPECT_EQ(outcome->warnings,
            (std::vector<Warning>{
                {"invalid_utf8",
                 "data.train",
                 path("train.tsv").string() +
                     ": 1 byte sequence is not UTF-8 and read as U+FFFD, which the tokenizer "
                     "drops; if the file is Latin-1: `data: {encoding: latin-1}`"},
                {"rare_class",
                 "data.label",
                 path("train.tsv").string() +
                     ": the class 'x' has one example, of which nothing can be learned"},
                {"texts_cut",
                 "data.max_tokens",
                 "1 of 4 texts (25.0 %) are longer than 4 tokens and are cut"},
                {"empty_texts", "data.text", "1 of 4 texts have no token at all"}}));
}

TEST_F(Prepare, WarnsWhereEvaluationTextsAreTrainingTexts) {
  write("eval.tsv", "good\tpos\nsomething else\tneg\n");

  EXPECT_EQ(
      prepared(from_scratch())->warnings,
      (std::vector<Warning>{{"eval_overlaps_train",
                             "data.eval",
                             "1 of 2 evaluation texts (50.0 %) are training texts as well"}}));
}

TEST_F(Prepare, WarnsWhereTheClassifierIsForOtherClassesAndLeavesItOut) {
  ModelConfig config = small_config();
  config.classes = 3;
  write_model(config);

  const auto outcome = prepared(from_folder());
  const auto weights = load_weights(from_folder().model, outcome->config);

  EXPECT_EQ(outcome->warnings,
            (std::vector<Warning>{
                {"classifier_replaced",
                 "model.path",
                 path("model/model.safetensors").string() +
                     ": its classifier is for 3 classes and the data have 2; a new one starts "
                     "from each run's seed"}}));
  EXPECT_FALSE((*weights)->contains("classifier.weight"));
  EXPECT_FALSE((*weights)->contains("classifier.bias"));
  EXPECT_EQ((*weights)->size(), parameters_of(config).size() - 2);
}

TEST_F(Prepare, WarnsOfAMissingPoolerAndClassesInAnotherOrder) {
  ModelWeights weights = initial_weights(small_config(), 1);
  weights.erase("bert.pooler.dense.bias");
  write_model(small_config(), weights);
  nlohmann::json config = config_json(small_config());
  config["id2label"] = {{"0", "pos"}, {"1", "neg"}};
  write("model/config.json", config.dump());

  EXPECT_EQ(prepared(from_folder())->warnings,
            (std::vector<Warning>{
                {"pooler_initialised",
                 "model.path",
                 path("model/model.safetensors").string() +
                     ": has no pooler; it starts from each run's seed"},
                {"class_order",
                 "model.path",
                 "the folder's classifier has the classes of the data in another order (id2label "
                 "of config.json); it learns the new order"}}));
}

TEST_F(Prepare, WarnsWhereNearlyEveryRowHasAClassOfItsOwn) {
  std::string rows;
  for (int i = 0; i < 20; ++i) {
    rows += "a text\tlabel" + std::to_string(i) + "\n";
  }
  write("train.tsv", rows);
  write("eval.tsv", "other\tlabel3\n");

  EXPECT_EQ(prepared(from_scratch())->warnings,
            (std::vector<Warning>{
                {"rare_class",
                 "data.label",
                 path("train.tsv").string() +
                     ": the classes 'label0', 'label1', 'label10', 'label11', 'label12' and 15 "
                     "more have each one example, of which nothing can be learned"},
                {"many_classes",
                 "data.label",
                 "20 classes in 20 training rows: is it the label's column?"}}));
}

TEST_F(Prepare, WarnsOfPiecesThatAVocabularyHasTwice) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\ngood\n");
  PrepareRequest request = from_scratch();
  request.model.vocab = path("vocab.txt");

  EXPECT_EQ(prepared(request)->warnings.front(),
            (Warning{"vocab_duplicates",
                     "model.vocab",
                     path("vocab.txt").string() +
                         ": 1 word pieces stand there more than once; the last one counts"}));
}

TEST_F(Prepare, TakesTensorsWithoutPrefixAndWithFormerNames) {
  const ModelWeights weights = initial_weights(small_config(), 1);
  ModelWeights stored;
  for (const auto& [name, array] : weights) {
    std::string other = name.starts_with("bert.") ? name.substr(5) : name;
    if (const auto at = other.find("LayerNorm.weight"); at != std::string::npos) {
      other.replace(at, 16, "LayerNorm.gamma");
    }
    if (const auto at = other.find("LayerNorm.bias"); at != std::string::npos) {
      other.replace(at, 14, "LayerNorm.beta");
    }
    stored[other] = array;
  }
  write_model(small_config(), stored);

  EXPECT_EQ(**load_weights(from_folder().model, prepared(from_folder())->config), weights);
}

TEST_F(Prepare, WeightsInFloat32AreMappedAndOthersRead) {
  write_model();
  const auto mapped = load_weights(from_folder().model, prepared(from_folder())->config);
  ASSERT_TRUE(mapped);
  for (const auto& [name, array] : **mapped) {
    EXPECT_TRUE(array.values.is_shared()) << name;
  }
}

TEST_F(Prepare, TheStateOfAModelChangesWithItsFiles) {
  write_model();
  const std::string model = from_folder().model.path;
  const std::string before = model_state(model);

  EXPECT_EQ(model_state(model), before);
  std::ofstream(path("model/model.safetensors"), std::ios::app) << ' ';
  EXPECT_NE(model_state(model), before);
  EXPECT_EQ(model_state("/nowhere"), "");
}

TEST_F(Prepare, PairsOfTextsHaveTwoSegments) {
  write("train.tsv", "good\tpos\tbad film\nbad\tneg\tgood\n");
  write("eval.tsv", "film\tpos\tfilm\n");
  PrepareRequest request = from_folder();
  write_model();
  request.data.text_pair = std::int64_t{2};

  const auto data = prepared(request)->data;

  EXPECT_EQ(data->train,
            (TokenizedSplit{{2, 5, 3, 6, 7, 3, 2, 6, 3, 5, 3}, {0, 6, 11}, {3, 3}, {1, 0}}));
}

}  // namespace
}  // namespace tarama::input
