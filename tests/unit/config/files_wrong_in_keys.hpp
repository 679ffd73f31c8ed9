// Wrong keys: missing, unknown, misspelt, in another place, of another kind. For
// wrong_files_test.cpp.
#pragma once

#include "tests/unit/config/wrong_file.hpp"

namespace tarama::config::test {

inline const std::vector<WrongFile> files_wrong_in_keys = {
    {"EverythingMissing",
     {{whole_file, "description: x\n"}},
     {"1:1: the key 'name' is missing; expected text on one line, without '/'",
      "1:1: the key 'parameters' is missing; expected a map of the parameters to sweep: at least "
      "lr, warmup and epochs",
      "1:1: the key 'data' is missing; expected a map with keys of train, eval, test, text, "
      "text_pair, label, header, quotes, encoding, max_tokens",
      "1:1: the key 'model' is missing; expected a map with keys of path, layers, hidden, heads, "
      "intermediate, vocab, vocab_size, lowercase"}},
    {"NameMissing",
     {{"name: small\n", ""}},
     {"1:1: the key 'name' is missing; expected text on one line, without '/'"}},
    {"ParametersMissing",
     {{"parameters:\n  lr: {values: [1e-4, 3e-4]}\n  warmup: {values: [0, 0.1]}\n  epochs: "
       "{values: [1, 2]}\n",
       ""}},
     {"1:1: the key 'parameters' is missing; expected a map of the parameters to sweep: at least "
      "lr, warmup and epochs"}},
    {"DataMissing",
     {{"data:\n  train: train.tsv\n  eval: eval.tsv\n  text: 1\n  label: 0\n", ""}},
     {"1:1: the key 'data' is missing; expected a map with keys of train, eval, test, text, "
      "text_pair, label, header, quotes, encoding, max_tokens"}},
    {"ModelMissing",
     {{"model:\n  layers: 2\n  hidden: 128\n  heads: 2\n", ""}},
     {"1:1: the key 'model' is missing; expected a map with keys of path, layers, hidden, heads, "
      "intermediate, vocab, vocab_size, lowercase"}},
    {"LrMissing",
     {{"  lr: {values: [1e-4, 3e-4]}\n", ""}},
     {"2:1: the key 'parameters.lr' is missing; expected {values: [...]}, each a number above "
      "0"}},
    {"WarmupMissing",
     {{"  warmup: {values: [0, 0.1]}\n", ""}},
     {"2:1: the key 'parameters.warmup' is missing; expected {values: [...]}, each a number, at "
      "least 0 and below 1"}},
    {"EpochsMissing",
     {{"  epochs: {values: [1, 2]}\n", ""}},
     {"2:1: the key 'parameters.epochs' is missing; expected {values: [...]}, each a whole "
      "number from 1 to 1000000"}},
    {"TrainMissing",
     {{"  train: train.tsv\n", ""}},
     {"6:1: the key 'data.train' is missing; expected the path of a .tsv, .csv or .jsonl file, or "
      "a "
      "list of them"}},
    {"EvalMissing",
     {{"  eval: eval.tsv\n", ""}},
     {"6:1: the key 'data.eval' is missing; expected the path of a .tsv, .csv or .jsonl file, or "
      "a share of the training data above 0 and below 1"}},
    {"TextAndLabelMissing",
     {{"  text: 1\n  label: 0\n", ""}},
     {"6:1: the key 'data.text' is missing; expected a column: its index from 0, or its name",
      "6:1: the key 'data.label' is missing; expected a column: its index from 0, or its name"}},
    {"UnknownKeyNearAKnownOne",
     {{end_of_file, "replicate: 3\n"}},
     {"15:1: unknown key 'replicate'; did you mean 'replicates'?"}},
    {"UnknownKeyNearNone",
     {{end_of_file, "gravity: strong\n"}},
     {"15:1: unknown key 'gravity'; expected one of name, description, method, max_runs, "
      "replicates, "
      "seed, max_concurrent, max_restarts, time_limit, share, on_end, "
      "on_end_limit, order, stop_when, priority, metric, rungs, "
      "parameters, "
      "trainer, data, model, "
      "training, resources, keep"}},
    {"UnknownKeyWithSwappedLetters",
     {{"  heads: 2", "  haeds: 2"}},
     {"14:3: unknown key 'haeds' in 'model'; did you mean 'heads'?"}},
    {"UnknownKeyInASection",
     {{"model:", "training: {batchsize: 3}\nmodel:"}},
     {"11:12: unknown key 'batchsize' in 'training'; did you mean 'batch_size'?"}},
    {"UnknownKeyInData",
     {{"  text: 1", "  text: 1\n  columns: [a, b]"}},
     {"10:3: unknown key 'columns' in 'data'; expected one of train, eval, test, text, "
      "text_pair, label, header, quotes, encoding, max_tokens"}},
    {"KeyOfAnotherSection",
     {{end_of_file, "batch_size: 8\n"}},
     {"15:1: unknown key 'batch_size'; it belongs under 'training'"}},
    {"TopKeyInASection",
     {{"model:", "training: {seed: 3}\nmodel:"}},
     {"11:12: unknown key 'seed' in 'training'; it belongs at the top of the file"}},
    {"LrUnderTraining",
     {{"model:", "training: {lr: 1e-4}\nmodel:"}},
     {"11:12: unknown key 'lr' in 'training'; it belongs under 'parameters'"}},
    {"LrAtTheTop",
     {{end_of_file, "lr: 1e-4\n"}},
     {"15:1: unknown key 'lr'; it belongs under 'parameters'"}},
    {"KeysAreCaseSensitive",
     {{"name: small", "Name: small"}},
     {"1:1: unknown key 'Name'; did you mean 'name'?"}},
    {"SpaceMissingAfterAColon",
     {{end_of_file, "resources: {threads:1}\n"}},
     {"15:13: unknown key 'threads:1' in 'resources'; after 'threads:' a space is missing"}},
    {"ControlCharactersAreNotShown",
     {{end_of_file, "\"a\\tb\\e[31m\": 3\n"}},
     {"15:1: unknown key 'a?b?[31m'; expected one of name, description, method, max_runs, "
      "replicates, "
      "seed, max_concurrent, max_restarts, time_limit, share, on_end, "
      "on_end_limit, order, stop_when, priority, metric, rungs, "
      "parameters, "
      "trainer, data, model, "
      "training, resources, keep"}},
    {"VeryLongKey",
     {{end_of_file, std::string(200, 'x') + ": 3\n"}},
     {"15:1: unknown key 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'; "
      "expected one of name, description, method, max_runs, replicates, seed, max_concurrent, "
      "max_restarts, time_limit, share, on_end, on_end_limit, order, stop_when, priority, metric, "
      "rungs, "
      "parameters, "
      "trainer, data, "
      "model, "
      "training, "
      "resources, "
      "keep"}},
    {"SectionIsText",
     {{"model:\n  layers: 2\n  hidden: 128\n  heads: 2\n", "model: bert-base\n"}},
     {"11:1: model: expected a map with keys of path, layers, hidden, heads, intermediate, "
      "vocab, vocab_size, lowercase, but found the text 'bert-base'"}},
    {"SectionIsAList",
     {{"data:\n  train: train.tsv\n  eval: eval.tsv\n  text: 1\n  label: 0\n",
       "data: [train.tsv]\n"}},
     {"6:1: data: expected a map with keys of train, eval, test, text, text_pair, label, header, "
      "quotes, encoding, max_tokens, but found a list"}},
    {"SectionIsEmpty",
     {{"model:\n  layers: 2\n  hidden: 128\n  heads: 2\n", "model:\n"}},
     {"11:1: model: expected a map with keys of path, layers, hidden, heads, intermediate, "
      "vocab, vocab_size, lowercase, but found nothing"}},
    {"ParametersIsAList",
     {{"parameters:\n  lr: {values: [1e-4, 3e-4]}\n  warmup: {values: [0, 0.1]}\n  epochs: "
       "{values: [1, 2]}\n",
       "parameters: [lr, warmup]\n"}},
     {"2:1: parameters: expected a map of the parameters to sweep: at least lr, warmup and "
      "epochs, but found a list"}},
    {"SeveralProblemsInFileOrder",
     {{"  heads: 2", "  heads: two\nreplicates: 0\nnam: x\nkeep: {models: some}"}},
     {"14:3: model.heads: expected a whole number from 1 to 65536, but found the text 'two'",
      "15:1: replicates: expected a whole number from 1 to 1000000, but found 0",
      "16:1: unknown key 'nam'; did you mean 'name'?",
      "17:8: keep.models: expected one of none, best, all, but found the text 'some'"}},
};

}  // namespace tarama::config::test
