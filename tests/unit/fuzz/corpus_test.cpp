// Every committed file of the corpus, and a few hundred changes of each, through the parser that it
// is for: what a fuzzer does for longer, with any compiler.
#include "fuzz/targets.hpp"
#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace tarama::fuzz {
namespace {

std::vector<std::string> corpus_of(const Target& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(
           test::source_folder() / "fuzz" / "corpus" / std::string(target.name))) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<std::string> texts;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

/// A byte changed, a piece cut out, doubled or put in from another text.
std::string changed(std::string text, const std::string& other, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (std::size_t change = 0; change <= below(4); ++change) {
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        text.erase(at, below(16));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), below(64)));
        break;
      case 3:
        text.insert(at, other.substr(below(other.size() + 1), below(64)));
        break;
      default:
        if (at < text.size()) {
          text[at] = static_cast<char>(below(256));
        }
    }
  }
  return text;
}

class EveryParser : public testing::TestWithParam<Target> {};

TEST_P(EveryParser, ComesBackFromEachFileOfItsCorpusAndFromChangesOfIt) {
  const std::vector<std::string> corpus = corpus_of(GetParam());
  ASSERT_FALSE(corpus.empty());
  std::mt19937_64 random(7);
  GetParam().run("");
  for (const std::string& text : corpus) {
    GetParam().run(text);
    for (int round = 0; round < 300; ++round) {
      GetParam().run(changed(text, corpus[random() % corpus.size()], random));
    }
  }
}

TEST_P(EveryParser, ComesBackFromWhatIsDeepAndLong) {
  for (const char* const piece : {"[", "{\"a\":", "- ", "((", "\"", "\\", ",", "\n", "a: {"}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
      text += piece;
    }
    GetParam().run(text);
    GetParam().run("\1" + text);
    GetParam().run("\2" + text);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryParser, testing::ValuesIn(all_targets), [](const auto& target) {
  return std::string(target.param.name);
});

}  // namespace
}  // namespace tarama::fuzz
