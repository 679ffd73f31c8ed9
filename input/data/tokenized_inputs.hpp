// A sweep's data as token ids, with what was noticed on the way: made of labelled texts, or read
// back from the cache.
#pragma once

#include "core/sweep/fingerprint.hpp"
#include "core/training/tokenized_data.hpp"
#include "input/data/data_note.hpp"
#include "input/data/labelled_splits.hpp"
#include "input/text/wordpiece.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

/// Counts, not words: the files' names may be others when the cache is read.
struct DataFacts {
  FileCounts replaced{};           // what was not UTF-8
  std::int64_t cut_texts = 0;      // examples cut to max_tokens, of all splits
  std::int64_t empty_texts = 0;    // examples without a token, of all splits
  std::int64_t eval_in_train = 0;  // eval examples with the tokens of a training example
  std::vector<DataNote> notes = {};

  friend bool operator==(const DataFacts&, const DataFacts&) = default;
};

struct TokenizedInputs {
  TokenizedData data;
  DataFacts facts;

  friend bool operator==(const TokenizedInputs&, const TokenizedInputs&) = default;
};

enum class TextCount { one, pair };

struct TokenizeSettings {
  std::optional<std::vector<std::string>> vocab;  // none: made of the training texts
  std::int64_t vocab_size = 8000;                 // of a vocabulary that is made, at most
  TokenizerSettings tokenizer;
  TextCount texts = TextCount::one;
  std::int64_t max_tokens = 128;
};

/// Sets the fingerprint, too. `on_text` is called for each text, if it is set.
[[nodiscard]] TokenizedInputs tokenize(const LabelledSplits& splits,
                                       const TokenizeSettings& settings,
                                       const std::function<void()>& on_text = {});

/// Adds what in `settings` changes ids and is not the usual: nothing for most models.
void add_settings(Fingerprint& fingerprint, const TokenizerSettings& settings);

/// Of everything in `data` but the fingerprint.
[[nodiscard]] std::string fingerprint_of(const TokenizedData& data);

}  // namespace tarama::input
