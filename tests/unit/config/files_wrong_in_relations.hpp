// Keys that are wrong together, and files that are not there. For wrong_files_test.cpp.
#pragma once

#include "tests/unit/config/wrong_file.hpp"

namespace tarama::config::test {

inline const std::vector<WrongFile> files_wrong_in_relations = {
    {"SweptAndFixedBelow",
     {{"model:", "training: {norm: post}\nmodel:"},
      {"  epochs:", "  norm: {values: [post, pre]}\n  epochs:"}},
     {"12:12: training.norm: it also stands as parameters.norm (in line 5); keep one"}},
    {"SweptAndFixedAbove",
     {{"name: small", "name: small\ntraining: {norm: post}"},
      {"  epochs:", "  norm: {values: [post, pre]}\n  epochs:"}},
     {"6:3: parameters.norm: it also stands as training.norm (in line 2); keep one"}},
    {"ModelIsEmpty",
     {{"model:\n  layers: 2\n  hidden: 128\n  heads: 2\n", "model: {}\n"}},
     {"11:1: model: expected path (a Hugging Face folder), or layers, hidden and heads (a model "
      "from scratch), but found neither"}},
    {"HeadsMissing",
     {{"  heads: 2\n", ""}},
     {"11:1: model: a model from scratch also needs heads"}},
    {"HiddenAndHeadsMissing",
     {{"  hidden: 128\n  heads: 2\n", ""}},
     {"11:1: model: a model from scratch also needs hidden and heads"}},
    {"PathAndDimensions",
     {{"  layers: 2", "  path: model\n  layers: 2"}},
     {"14:3: model.hidden: it is only for models from scratch, but model.path names a folder; "
      "keep one",
      "15:3: model.heads: it is only for models from scratch, but model.path names a folder; "
      "keep one"}},
    {"PathAndVocab",
     {{"  layers: 2\n  hidden: 128\n  heads: 2\n",
       "  path: model\n  vocab: auto\n  vocab_size: 100\n"}},
     {"13:3: model.vocab: it is only for models from scratch, but model.path names a folder; "
      "keep one",
      "14:3: model.vocab_size: it is only for models from scratch, but model.path names a "
      "folder; keep one"}},
    {"PathAndSweptHidden",
     {{"  layers: 2\n  hidden: 128\n  heads: 2\n", "  path: model\n"},
      {"  epochs:", "  hidden: {values: [64]}\n  epochs:"}},
     {"5:3: parameters.hidden: it is only for models from scratch, but model.path names a "
      "folder; keep one"}},
    {"SweptPathAndHidden",
     {{"  layers: 2\n  hidden: 128\n  heads: 2\n", "  hidden: 8\n"},
      {"  epochs:", "  path: {values: [model]}\n  epochs:"}},
     {"13:3: model.hidden: it is only for models from scratch, but parameters.path names a "
      "folder; keep one"}},
    {"HiddenIsNotAMultipleOfHeads",
     {{"heads: 2", "heads: 3"}},
     {"13:3: model.hidden: 128 is not a multiple of heads 3; expected hidden to be one"}},
    {"SweptHiddenIsNotAMultiple",
     {{"  hidden: 128\n", ""}, {"  epochs:", "  hidden: {values: [64, 65]}\n  epochs:"}},
     {"5:3: parameters.hidden: 65 is not a multiple of heads 2; expected hidden to be one"}},
    {"ColumnNameWithoutHeader",
     {{"  text: 1", "  text: sentence"}},
     {"9:3: data.text: the column name 'sentence' needs header: true; without a header, expected "
      "an index from 0"}},
    {"ColumnNamesWithHeaderFalse",
     {{"  text: 1\n  label: 0", "  header: false\n  text: sentence\n  label: class"}},
     {"10:3: data.text: the column name 'sentence' needs header: true; without a header, "
      "expected an index from 0",
      "11:3: data.label: the column name 'class' needs header: true; without a header, expected "
      "an index from 0"}},
    {"IndexInJsonl",
     {{"train: train.tsv\n  eval: eval.tsv", "train: train.jsonl\n  eval: 0.1"}},
     {"9:3: data.text: a .jsonl file has no column 1; expected the name of a key",
      "10:3: data.label: a .jsonl file has no column 0; expected the name of a key"}},
    {"SeedsOverflow",
     {{end_of_file, "seed: 9223372036854775807\nreplicates: 2\n"}},
     {"15:1: seed: the seeds of 2 replicates would pass 2^63; expected at most "
      "9223372036854775806"}},
    {"TooManyRuns",
     {{"{values: [1, 2]}", "{min: 1, max: 1000, count: 1000}\nreplicates: 1000"}},
     {"2:1: parameters: every combination times the replicates are 4000000 runs; expected at "
      "most 1000000"}},
    {"TrainDoesNotExist",
     {{"train: train.tsv", "train: missing.tsv"}},
     {"7:3: data.train: there is no file FOLDER/missing.tsv"}},
    {"EvalDoesNotExist",
     {{"eval: eval.tsv", "eval: sub/../missing.tsv"}},
     {"8:3: data.eval: there is no file FOLDER/missing.tsv"}},
    {"TestDoesNotExist",
     {{"  text: 1", "  test: /nowhere/at/all.csv\n  text: 1"}},
     {"9:3: data.test: there is no file /nowhere/at/all.csv"}},
    {"TrainIsAFolder",
     {{"train: train.tsv", "train: folder.tsv"}},
     {"7:3: data.train: FOLDER/folder.tsv is a folder; expected a file"}},
    {"VocabDoesNotExist",
     {{"  heads: 2", "  heads: 2\n  vocab: vocab.txt"}},
     {"15:3: model.vocab: there is no file FOLDER/vocab.txt"}},
    {"ModelFolderDoesNotExist",
     {{"  layers: 2\n  hidden: 128\n  heads: 2\n", "  path: nowhere/\n"}},
     {"12:3: model.path: there is no folder FOLDER/nowhere"}},
    {"ModelFolderIsAFile",
     {{"  layers: 2\n  hidden: 128\n  heads: 2\n", "  path: train.tsv\n"}},
     {"12:3: model.path: FOLDER/train.tsv is a file; expected a Hugging Face folder"}},
    {"SweptModelFolderDoesNotExist",
     {{"  layers: 2\n  hidden: 128\n  heads: 2\n", "  lowercase: true\n"},
      {"  epochs:", "  path: {values: [model, nowhere]}\n  epochs:"}},
     {"5:3: parameters.path: there is no folder FOLDER/nowhere"}},
    {"VariableNamesAMissingFile",
     {{"train: train.tsv", "train: ${FOLDER}/missing.tsv"}},
     {"7:3: data.train: there is no file FOLDER/missing.tsv"}},
    {"AliasOfAWrongValue",
     {{"{values: [0, 0.1]}", "&w {values: [0, 2]}"}, {"{values: [1, 2]}", "*w"}},
     {"4:24: parameters.epochs: expected a whole number from 1 to 1000000, but found 0",
      "4:27: parameters.warmup: expected a number, at least 0 and below 1, but found 2"}},
};

}  // namespace tarama::config::test
