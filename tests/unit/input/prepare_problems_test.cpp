// What `prepare` says about files and settings that cannot be trained on: the whole list, each
// problem at the key that names it.
#include "input/prepare.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace tarama::input {
namespace {

using Problems = std::vector<Problem>;

class PrepareProblems : public InputFolder {
 protected:
  /// The problems, with the folder's name as DIR.
  [[nodiscard]] Problems problems_of(const PrepareRequest& request) const {
    PrepareOutcome outcome = prepare(request);
    EXPECT_EQ(outcome.prepared == nullptr, !outcome.problems.empty());
    const std::string folder = folder_.path().string();
    for (Problem& problem : outcome.problems) {
      for (auto at = problem.message.find(folder); at != std::string::npos;
           at = problem.message.find(folder)) {
        problem.message.replace(at, folder.size(), "DIR");
      }
    }
    return outcome.problems;
  }

  /// Of a train.tsv with these rows.
  [[nodiscard]] Problems problems_of_rows(std::string_view rows) const {
    write("train.tsv", rows);
    return problems_of(from_scratch());
  }

  /// Of a model folder whose config.json is changed.
  [[nodiscard]] Problems problems_of_config(
      const std::function<void(nlohmann::json&)>& change) const {
    write_model();
    nlohmann::json config = config_json(small_config());
    change(config);
    write("model/config.json", config.dump());
    return problems_of(from_folder());
  }

  /// Of a model folder whose weights are changed.
  [[nodiscard]] Problems problems_of_weights(
      const std::function<void(ModelWeights&)>& change) const {
    ModelWeights weights = initial_weights(small_config(), 1);
    change(weights);
    write_model(small_config(), weights);
    return problems_of(from_folder());
  }
};

TEST_F(PrepareProblems, OfAllFilesAndKeysAtOnce) {
  write_model();
  PrepareRequest request = from_folder();
  request.data.test = path("none.tsv");
  request.data.text = std::int64_t{5};
  request.data.max_tokens = 17;
  request.norm = Norm::pre;
  request.model.layers = 3;

  EXPECT_EQ(
      problems_of(request),
      (Problems{
          {"data.test", "DIR/none.tsv: there is no such file"},
          {"training.norm",
           "norm: pre does not fit DIR/model, whose model_type is 'bert'; its weights need norm: "
           "post"},
          {"model.layers", "layers: 3 cannot be taken from DIR/model, which has 2"},
          {"data.max_tokens",
           "max_tokens: 17 is more than the model's 16 positions (max_position_embeddings of "
           "config.json)"},
          {"data.text",
           "DIR/train.tsv:1: no column 5: there are 2 columns, 0 to 1 (columns are split at "
           "tabs)"},
          {"data.text",
           "DIR/eval.tsv:1: no column 5: there are 2 columns, 0 to 1 (columns are split at "
           "tabs)"}}));
}

TEST_F(PrepareProblems, OfFilesThatCannotBeOpened) {
  std::filesystem::create_directory(path("folder.tsv"));
  write("data.txt", "a\t1\n");
  write("wide.tsv",
        std::string("\xFF\xFE"
                    "a\0",
                    4));
  PrepareRequest request = from_scratch();
  request.data.train = path("folder.tsv");
  request.data.eval = path("data.txt").string();
  request.data.test = path("wide.tsv").string();

  EXPECT_EQ(problems_of(request),
            (Problems{{"data.train", "DIR/folder.tsv: is a folder, expected a file"},
                      {"data.eval",
                       "DIR/data.txt: the ending of the name says what the file is; expected "
                       ".tsv, .csv or .jsonl"},
                      {"data.test",
                       "DIR/wide.tsv: is UTF-16, expected UTF-8; `data: {encoding: utf-16}` reads "
                       "it, or convert it with: iconv -f UTF-16 -t UTF-8"}}));
}

TEST_F(PrepareProblems, OfAnEmptyFile) {
  EXPECT_EQ(problems_of_rows(""),
            (Problems{{"data.train", "DIR/train.tsv: the file is empty, expected rows"}}));
}

TEST_F(PrepareProblems, OfOneClassOnly) {
  EXPECT_EQ(problems_of_rows("a\tpos\nb\tpos\n"),
            (Problems{{"data.label",
                       "DIR/train.tsv: every label is 'pos' (2 rows), expected at least two "
                       "classes"},
                      {"data.eval",
                       "DIR/eval.tsv:2: the label 'neg' is not one of the training data, which "
                       "have 'pos'"}}));
}

TEST_F(PrepareProblems, OfEmptyLabels) {
  EXPECT_EQ(problems_of_rows("a\tpos\nb\t\nc\t\n"),
            (Problems{{"data.label",
                       "DIR/train.tsv:2: the label is empty (and so are 1 more below it)"}}));
}

TEST_F(PrepareProblems, OfLabelsThatTrainingDataDoNotHave) {
  write("eval.tsv", "a\tpos\nb\t1\nc\t2\nd\t3\ne\t4\n");

  EXPECT_EQ(problems_of(from_scratch()),
            (Problems{{"data.eval",
                       "DIR/eval.tsv:2: the label '1' is not one of the training data, which have "
                       "'neg', 'pos'"},
                      {"data.eval",
                       "DIR/eval.tsv:3: the label '2' is not one of the training data, which have "
                       "'neg', 'pos'"},
                      {"data.eval",
                       "DIR/eval.tsv:4: the label '3' is not one of the training data, which have "
                       "'neg', 'pos'"},
                      {"data.eval",
                       "DIR/eval.tsv: 1 more rows have labels that the training data do not "
                       "have"}}));
}

TEST_F(PrepareProblems, OfAShareThatLeavesNothingToEvaluateOn) {
  write("train.tsv", "a\t1\nb\t2\n");
  PrepareRequest request = from_scratch();
  request.data.eval = 0.1;

  EXPECT_EQ(problems_of(request),
            (Problems{{"data.eval",
                       "the share 0.1 of 2 training rows leaves none to evaluate on; no class has "
                       "two examples"}}));
}

TEST_F(PrepareProblems, OfARoomThatHoldsNoText) {
  PrepareRequest request = from_scratch();
  request.data.text_pair = std::int64_t{0};
  request.data.max_tokens = 4;

  EXPECT_EQ(problems_of(request),
            (Problems{{"data.max_tokens",
                       "max_tokens: 4 leaves no token for the texts, expected at least 5"}}));
}

TEST_F(PrepareProblems, OfDimensionsThatDoNotFit) {
  PrepareRequest request = from_scratch();
  request.model.heads = 3;
  request.model.vocab = path("vocab.txt");

  EXPECT_EQ(problems_of(request),
            (Problems{{"model.hidden", "hidden: 4 is not a multiple of heads: 3"},
                      {"model.vocab", "DIR/vocab.txt: there is no such file"}}));
}

TEST_F(PrepareProblems, OfAModelFolderThatIsNotThere) {
  EXPECT_EQ(problems_of(from_folder()),
            (Problems{{"model.path",
                       "DIR/model: there is no such folder; expected a Hugging Face folder with "
                       "config.json, a vocabulary and weights"}}));
}

TEST_F(PrepareProblems, OfAnotherArchitecture) {
  EXPECT_EQ(problems_of_config([](auto& config) { config["model_type"] = "roberta"; }),
            (Problems{{"model.path",
                       "DIR/model/config.json: 'model_type' is 'roberta'; tarama trains 'bert' "
                       "(norm: post) and 'megatron-bert' (norm: pre)"}}));
}

TEST_F(PrepareProblems, OfSettingsThatAreMissingWrongOrNotComputed) {
  EXPECT_EQ(
      problems_of_config([](auto& config) {
        config.erase("hidden_size");
        config["num_hidden_layers"] = "two";
        config["intermediate_size"] = -6;
        config["hidden_act"] = "silu";
        config["position_embedding_type"] = "relative_key";
      }),
      (Problems{{"model.path",
                 "DIR/model/config.json: 'hidden_size' is missing, expected a whole number from "
                 "1 on; 'num_hidden_layers' is \"two\", expected a whole number from 1 to "
                 "1000000000; 'intermediate_size' is -6, expected a whole number from 1 to "
                 "1000000000; 'hidden_act' "
                 "is 'silu'; tarama computes gelu, gelu_python, gelu_new, gelu_pytorch_tanh, "
                 "gelu_fast, relu; 'position_embedding_type' is "
                 "\"relative_key\"; tarama computes \"absolute\" alone; 'hidden_size' (1) is not "
                 "a multiple of 'num_attention_heads' (2)"}}));
}

TEST_F(PrepareProblems, OfPaddingThatIsNoId) {
  EXPECT_EQ(problems_of_config([](auto& config) { config["pad_token_id"] = -3; }),
            (Problems{{"model.path",
                       "DIR/model/config.json: 'pad_token_id' is -3, expected a whole number"}}));
}

TEST_F(PrepareProblems, AreNoneWherePaddingIsNullOrZero) {
  EXPECT_EQ(problems_of_config([](auto& config) { config["pad_token_id"] = nullptr; }), Problems{});
  EXPECT_EQ(problems_of_config([](auto& config) { config["pad_token_id"] = 0; }), Problems{});
}

TEST_F(PrepareProblems, OfAConfigThatIsNoJson) {
  write_model();
  const auto said = [&](std::string_view config) {
    write("model/config.json", config);
    const Problems problems = problems_of(from_folder());
    return problems.size() == 1 ? problems.front().message : "";
  };

  EXPECT_EQ(said("{"), "DIR/model/config.json: is not JSON from byte 2 on; expected one object");
  EXPECT_EQ(said("[]"), "DIR/model/config.json: is not JSON with one object");
  EXPECT_EQ(said(""), "DIR/model/config.json: is empty; was it downloaded to its end?");
  EXPECT_EQ(said("{\"initializer_range\": 1e400}"),
            "DIR/model/config.json: holds a number that is beyond what a number can be");
  EXPECT_EQ(said(std::string_view("\xFF\xFE{\0}\0", 6)),
            "DIR/model/config.json: is UTF-16 or UTF-32, expected UTF-8; convert it with iconv");
}

TEST_F(PrepareProblems, OfFilesThatAreMuchTooLong) {
  write_model();
  for (const char* const name : {"config.json", "vocab.txt", "tokenizer_config.json"}) {
    write_model();
    write(std::string("model/") + name, "{");
    std::filesystem::resize_file(path(std::string("model/") + name), 65 << 20);  // holes
    const Problems problems = problems_of(from_folder());
    ASSERT_FALSE(problems.empty()) << name;
    EXPECT_EQ(problems.front().message,
              std::string("DIR/model/") + name +
                  ": is 68157440 bytes long, expected at most 64 MiB; is it another file?");
    std::filesystem::remove(path("model/tokenizer_config.json"));
  }
}

TEST_F(PrepareProblems, OfAVocabularyLargerThanTheEmbeddings) {
  EXPECT_EQ(problems_of_config([](auto& config) { config["vocab_size"] = 7; }).front(),
            (Problem{"model.path",
                     "DIR/model: the tokenizer has 8 tokens and config.json a vocab_size of 7; "
                     "they belong to different models"}));
}

TEST_F(PrepareProblems, OfAMissingTensorAndOneOfAnotherShape) {
  EXPECT_EQ(problems_of_weights([](ModelWeights& weights) {
              weights.erase("bert.encoder.layer.1.output.dense.bias");
              weights["bert.embeddings.LayerNorm.weight"] = {{2, 2}, {1, 1, 1, 1}};
            }),
            (Problems{{"model.path",
                       "DIR/model/model.safetensors: tensor 'bert.embeddings.LayerNorm.weight' "
                       "has shape [2, 2], expected [4] by config.json"},
                      {"model.path",
                       "DIR/model/model.safetensors: has no tensor "
                       "'bert.encoder.layer.1.output.dense.bias', expected one of shape [4]"}}));
}

TEST_F(PrepareProblems, OfWeightsOfAnotherModelAreNotListedOneByOne) {
  const Problems problems = problems_of_weights([](ModelWeights& weights) { weights.clear(); });

  ASSERT_EQ(problems.size(), 6u);
  EXPECT_EQ(problems.back(),
            (Problem{"model.path",
                     "DIR/model/model.safetensors: 32 more tensors are missing or of a wrong "
                     "shape"}));
}

TEST_F(PrepareProblems, OfWeightsThatAreNoSafetensors) {
  write_model();
  write("model/model.safetensors", "version https://git-lfs.github.com/spec/v1");

  EXPECT_EQ(problems_of(from_folder()).front().key, "model.path");
  EXPECT_EQ(problems_of(from_folder()).size(), 1u);
}

TEST_F(PrepareProblems, OfWeightsOfAnotherLibrarySayThatTheyAreThere) {
  write_model();
  std::filesystem::rename(path("model/model.safetensors"), path("model/tf_model.h5"));

  EXPECT_EQ(problems_of(from_folder()),
            (Problems{{"model.path",
                       "DIR/model: there is no model.safetensors and no pytorch_model.bin; "
                       "tf_model.h5 is there, of another library"}}));
}

}  // namespace
}  // namespace tarama::input
