// Saved model folders: what is written can be trained on and predicted with. That `transformers`
// loads them is the business of the interop tests.
#include "input/model/folder_config.hpp"
#include "input/model/save_model_folder.hpp"
#include "input/predict_input.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

namespace tarama::input {
namespace {

class SavedModel : public InputFolder {
 protected:
  /// Saves a model of the vocabulary of small_vocab with the classes neg and pos.
  void save(Norm norm = Norm::post) const {
    ModelConfig config = small_config();
    config.norm = norm;
    TokenizedData data;
    data.classes = {"neg", "pos"};
    data.vocab = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"};
    data.tokenizer.lowercase = false;
    data.max_tokens = 5;
    const auto saved =
        save_model_folder(path("model"), config, initial_weights(config, 1), data, 0.1);
    ASSERT_TRUE(saved) << saved.error().message;
  }

  [[nodiscard]] nlohmann::json json_of(const std::string& name) const {
    return nlohmann::json::parse(read_file(path(name)));
  }
};

TEST_F(SavedModel, NamesItsArchitectureClassesAndDropout) {
  save(Norm::pre);

  const nlohmann::json config = json_of("model/config.json");

  EXPECT_EQ(config["architectures"],
            nlohmann::json::array({"MegatronBertForSequenceClassification"}));
  EXPECT_EQ(config["model_type"], "megatron-bert");
  EXPECT_EQ(config["id2label"], (nlohmann::json{{"0", "neg"}, {"1", "pos"}}));
  EXPECT_EQ(config["label2id"], (nlohmann::json{{"neg", 0}, {"pos", 1}}));
  EXPECT_EQ(config["hidden_dropout_prob"], 0.1);
  EXPECT_EQ(config["attention_probs_dropout_prob"], 0.1);
  EXPECT_EQ(config["problem_type"], "single_label_classification");
  EXPECT_EQ(config["pad_token_id"], 0);
}

TEST_F(SavedModel, ReadsBackAsItWas) {
  for (const Norm norm : {Norm::post, Norm::pre}) {
    save(norm);
    ModelConfig config = small_config();
    config.norm = norm;

    EXPECT_EQ(read_folder_config(path("model"))->config, config);
    EXPECT_EQ(**load_weights(from_folder().model, config), initial_weights(config, 1));
  }
}

TEST_F(SavedModel, CanBeTrainedFurther) {
  save();
  PrepareRequest request = from_folder();
  request.data.max_tokens = 16;

  const PrepareOutcome outcome = prepare(request);

  EXPECT_EQ(outcome.problems, std::vector<Problem>{});
  EXPECT_FALSE(outcome.prepared->data->tokenizer.lowercase);
}

TEST_F(SavedModel, ReplacesTheFolderThatIsThere) {
  write("model/stale", "");
  save();

  EXPECT_FALSE(std::filesystem::exists(path("model/stale")));
  EXPECT_TRUE(std::filesystem::exists(path("model/model.safetensors")));
}

TEST_F(SavedModel, SaysWhichFileCannotBeWritten) {
  write("model", "a file");
  ModelConfig config = small_config();
  TokenizedData data;
  data.classes = {"a", "b"};
  data.vocab = {"[PAD]"};

  const auto saved = save_model_folder(path("model/inner"), config, {}, data, 0);

  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, Errc::io);
}

TEST_F(SavedModel, PredictsALabelPerLineOfAPlainFile) {
  save();
  write("texts.txt", "good film\n\nGood\r\nbad bad bad bad");

  const auto input = read_predict_input({path("model"), path("texts.txt"), {}, {}, {}});

  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ(input->texts, (std::vector<std::string>{"good film", "", "Good", "bad bad bad bad"}));
  EXPECT_EQ(input->split,
            (TokenizedSplit{{2, 5, 7, 3, 2, 3, 2, 1, 3, 2, 6, 6, 6, 3},
                            {0, 4, 6, 9, 14},
                            {4, 2, 3, 5},
                            {0, 0, 0, 0}}));
  EXPECT_EQ(input->classes, (std::vector<std::string>{"neg", "pos"}));
  EXPECT_EQ(input->cut_texts, 1);
  EXPECT_EQ(*input->weights, initial_weights(small_config(), 1));
}

TEST_F(SavedModel, PredictsAColumnOfATable) {
  save();
  write("texts.csv", "id,text\n1,\"good, film\"\n");

  const auto input =
      read_predict_input({path("model"), path("texts.csv"), "text", {}, Header::present});

  EXPECT_EQ(input->texts, (std::vector<std::string>{"good, film"}));
}

TEST_F(SavedModel, AsksForTheColumnOfATable) {
  save();

  EXPECT_EQ(read_predict_input({path("model"), path("eval.tsv"), {}, {}, {}}).error().message,
            path("eval.tsv").string() +
                ": the file has columns; say which one holds the text: --text COL");
}

TEST_F(SavedModel, WithoutAClassifierPredictsNothing) {
  ModelWeights weights = initial_weights(small_config(), 1);
  weights.erase("classifier.weight");
  write_model(small_config(), weights);
  write("texts.txt", "good\n");

  EXPECT_EQ(read_predict_input({path("model"), path("texts.txt"), {}, {}, {}}).error().message,
            path("model").string() +
                ": has no 'classifier.weight' of shape [2, 4]; it is not a trained classifier");
}

}  // namespace
}  // namespace tarama::input
