// What the tokenizer costs per text: English words that the vocabulary has, words that must be
// cut into pieces, and text that needs Unicode's tables.
#include "bench/row.hpp"
#include "input/text/wordpiece.hpp"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <string>
#include <vector>

namespace tarama::bench {
namespace {

std::vector<std::string> small_vocab() {
  std::vector<std::string> vocab = {"[PAD]",
                                    "[UNK]",
                                    "[CLS]",
                                    "[SEP]",
                                    "[MASK]",
                                    "a",
                                    "of",
                                    "the",
                                    "plant",
                                    "bread",
                                    "flour",
                                    "that",
                                    "made",
                                    "large",
                                    "white",
                                    "water",
                                    "animal"};
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    vocab.emplace_back(1, letter);
    vocab.push_back(std::string("##") + letter);
  }
  return vocab;
}

// A new tokenizer for each text: it remembers what it has seen, and a remembered word is no work.
void tokenize(benchmark::State& state, const std::string& text) {
  const std::vector<std::string> vocab = small_vocab();
  std::vector<std::int32_t> ids;
  for ([[maybe_unused]] auto iteration : state) {
    state.PauseTiming();
    input::WordPiece tokenizer(vocab, TokenizerSettings{});
    ids.clear();
    state.ResumeTiming();
    tokenizer.append_ids(text, ids);
    benchmark::DoNotOptimize(ids.data());
  }
  report_per(state, "text");
}

BENCHMARK_CAPTURE(tokenize, known, "a large white bread made of the flour of a water plant")
    ->Name("tokenizer/known words");
BENCHMARK_CAPTURE(tokenize, cut, "yeast-raised cornmeal, (phonology) Phegopteris")
    ->Name("tokenizer/cut words");
BENCHMARK_CAPTURE(tokenize, unicode, "Çağdaş Türkçe: «ÖĞRENME» — 学习 наука")
    ->Name("tokenizer/unicode");

}  // namespace
}  // namespace tarama::bench
