// See tokenized_inputs.hpp.
#include "input/data/tokenized_inputs.hpp"

#include "core/sweep/fingerprint.hpp"
#include "input/text/example_encoder.hpp"
#include "input/text/vocab_builder.hpp"

#include <span>
#include <string_view>
#include <unordered_set>

namespace tarama::input {
namespace {

std::vector<std::string> vocab_of(const LabelledSplits& splits, const TokenizeSettings& settings) {
  if (settings.vocab) {
    return *settings.vocab;
  }
  std::vector<std::string_view> texts;
  for (const LabelledText& example : splits.train) {
    texts.emplace_back(example.text);
    texts.emplace_back(example.second_text);
  }
  return build_vocab(texts, settings.tokenizer, settings.vocab_size);
}

TokenizedSplit encode(const std::vector<LabelledText>& examples,
                      TextCount texts,
                      ExampleEncoder& encoder,
                      const std::function<void()>& on_text) {
  TokenizedSplit split;
  for (const LabelledText& example : examples) {
    if (on_text) {
      on_text();
    }
    encoder.append(example.text,
                   texts == TextCount::pair ? std::optional<std::string_view>(example.second_text)
                                            : std::nullopt,
                   split);
    split.labels.push_back(example.label);
  }
  return split;
}

std::string_view bytes_of_example(const TokenizedSplit& split, std::int64_t example) {
  const std::span<const std::int32_t> tokens = split.tokens_of(example);
  return {reinterpret_cast<const char*>(tokens.data()), tokens.size_bytes()};
}

std::int64_t count_shared(const TokenizedSplit& split, const TokenizedSplit& train) {
  std::unordered_set<std::string_view> seen;
  for (std::int64_t i = 0; i < train.examples(); ++i) {
    seen.insert(bytes_of_example(train, i));
  }
  std::int64_t shared = 0;
  for (std::int64_t i = 0; i < split.examples(); ++i) {
    shared += seen.contains(bytes_of_example(split, i)) ? 1 : 0;
  }
  return shared;
}

template <class Number>
void add_numbers(Fingerprint& fingerprint, const SharedArray<Number>& numbers) {
  fingerprint.field(static_cast<std::int64_t>(numbers.size()));
  fingerprint.update(std::as_bytes(std::span(numbers)));
}

void add_strings(Fingerprint& fingerprint, const std::vector<std::string>& strings) {
  fingerprint.field(static_cast<std::int64_t>(strings.size()));
  for (const std::string& text : strings) {
    fingerprint.field(text);
  }
}

}  // namespace

void add_settings(Fingerprint& fingerprint, const TokenizerSettings& settings) {
  if (settings.is_usual()) {  // fingerprints of before there were settings stay as they are
    return;
  }
  fingerprint.field("tokenizer");
  fingerprint.field(settings.lowercase ? 1 : 0);
  fingerprint.field(settings.strips_accents() ? 1 : 0);
  fingerprint.field(settings.splits_han ? 1 : 0);
  fingerprint.field(static_cast<std::int64_t>(settings.never_split.size()));
  for (const std::string& word : settings.never_split) {
    fingerprint.field(word);
  }
  fingerprint.field(static_cast<std::int64_t>(settings.added.size()));
  for (const AddedToken& token : settings.added) {
    fingerprint.field(token.content).field(std::int64_t{token.id});
    fingerprint.field((token.normalized ? 1 : 0) + (token.single_word ? 2 : 0));
  }
}

TokenizedInputs tokenize(const LabelledSplits& splits,
                         const TokenizeSettings& settings,
                         const std::function<void()>& on_text) {
  TokenizedInputs inputs;
  TokenizedData& data = inputs.data;
  data.classes = splits.classes;
  data.vocab = vocab_of(splits, settings);
  data.tokenizer = settings.tokenizer;
  data.max_tokens = settings.max_tokens;
  ExampleEncoder encoder(data.vocab, settings.tokenizer, settings.max_tokens);
  data.train = encode(splits.train, settings.texts, encoder, on_text);
  data.eval = encode(splits.eval, settings.texts, encoder, on_text);
  data.test = encode(splits.test, settings.texts, encoder, on_text);
  data.fingerprint = fingerprint_of(data);
  inputs.facts = {splits.replaced,
                  encoder.cut_texts(),
                  encoder.empty_texts(),
                  count_shared(data.eval, data.train),
                  splits.notes};
  return inputs;
}

std::string fingerprint_of(const TokenizedData& data) {
  Fingerprint fingerprint;
  for (const TokenizedSplit* split : {&data.train, &data.eval, &data.test}) {
    add_numbers(fingerprint, split->ids);
    add_numbers(fingerprint, split->offsets);
    add_numbers(fingerprint, split->second_starts);
    add_numbers(fingerprint, split->labels);
  }
  add_strings(fingerprint, data.classes);
  add_strings(fingerprint, data.vocab);
  fingerprint.field(data.tokenizer.lowercase ? 1 : 0);
  fingerprint.field(data.max_tokens);
  add_settings(fingerprint, data.tokenizer);
  return fingerprint.hex();
}

}  // namespace tarama::input
