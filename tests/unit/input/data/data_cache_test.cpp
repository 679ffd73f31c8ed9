// Tokenized data on disk: found by content, whole or not at all.
#include "input/data/data_cache.hpp"

#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace tarama::input {
namespace {

TokenizedInputs small_inputs() {
  TokenizedInputs inputs;
  inputs.data.train = {{2, 5, 3, 2, 3}, {0, 3, 5}, {3, 2}, {0, 1}};
  inputs.data.eval = {{2, 3}, {0, 2}, {2}, {1}};
  inputs.data.classes = {"", "ä"};
  inputs.data.vocab = {"[PAD]", "x"};
  inputs.data.tokenizer.lowercase = false;
  inputs.data.max_tokens = 7;
  inputs.data.fingerprint = "f";
  inputs.facts = {{1, 2, 3}, 4, 5, 6};
  return inputs;
}

class DataCache : public InputFolder {
 protected:
  [[nodiscard]] PrepareRequest cached() const {
    PrepareRequest request = from_scratch();
    request.cache = path("cache");
    return request;
  }

  [[nodiscard]] std::filesystem::path only_file() const {
    const std::filesystem::directory_iterator files(path("cache"));
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
    return std::filesystem::directory_iterator(path("cache"))->path();
  }
};

TEST_F(DataCache, GivesBackAllThatWasWritten) {
  ASSERT_TRUE(write_data_cache(path("cache"), "k", small_inputs()));

  EXPECT_EQ(read_data_cache(path("cache"), "k"), small_inputs());
  EXPECT_EQ(read_data_cache(path("cache"), "other"), std::nullopt);
}

TEST_F(DataCache, TokensStayInTheFileThatIsMapped) {
  TokenizedInputs odd = small_inputs();
  odd.data.classes = {"a", "bcd"};  // texts of lengths that are no multiple of a number's
  odd.facts.notes = {{"code", "key", 1, 2, "a message"}};
  ASSERT_TRUE(write_data_cache(path("cache"), "k", odd));

  const auto read = read_data_cache(path("cache"), "k");
  std::filesystem::remove(only_file());  // as a newer version of it would be put in its place

  ASSERT_TRUE(read);
  EXPECT_EQ(*read, odd);
  for (const TokenizedSplit* const split : {&read->data.train, &read->data.eval}) {
    EXPECT_EQ(split->ids.is_shared(), !split->ids.empty());
    EXPECT_EQ(split->labels.is_shared(), !split->labels.empty());
    EXPECT_TRUE(split->offsets.is_shared());
  }
}

TEST_F(DataCache, ServesTheSecondRequestWithTheSameOutcome) {
  write("train.tsv", "one two three four\tx\ncaf\xE9\ty\n");
  write("eval.tsv", "one\tx\n");
  PrepareRequest request = cached();
  request.data.max_tokens = 4;

  const auto first = prepare(request).prepared;
  const auto second = prepare(request).prepared;

  EXPECT_EQ(*first->data, *second->data);
  EXPECT_EQ(first->warnings, second->warnings);
  EXPECT_EQ(first->cut_texts, second->cut_texts);
}

// The cached classes are changed behind prepare's back, and come back: the files were not read.
TEST_F(DataCache, IsReadInsteadOfTheRows) {
  (void)prepare(cached());
  const std::filesystem::path file = only_file();
  TokenizedInputs changed = *from_cache_bytes(read_file(file));
  changed.data.classes = {"from", "cache"};
  write_file(file, to_cache_bytes(changed));

  EXPECT_EQ(prepare(cached()).prepared->data->classes, changed.data.classes);
}

TEST_F(DataCache, GoesByContentNotByName) {
  (void)prepare(cached());
  std::filesystem::rename(path("train.tsv"), path("moved.tsv"));
  PrepareRequest request = cached();
  request.data.train = path("moved.tsv");

  (void)prepare(request);

  EXPECT_TRUE(std::filesystem::exists(only_file()));
}

TEST_F(DataCache, HasAnEntryPerSettingThatChangesTheOutcome) {
  const auto count = [&](const PrepareRequest& request) {
    (void)prepare(request);
    const std::filesystem::directory_iterator there(path("cache"));
    return std::distance(begin(there), end(there));
  };
  PrepareRequest request = cached();
  EXPECT_EQ(count(request), 1);
  request.data.max_tokens = 5;
  EXPECT_EQ(count(request), 2);
  request.model.lowercase = false;
  EXPECT_EQ(count(request), 3);
  request.model.vocab_size = 12;
  EXPECT_EQ(count(request), 4);
  request.data.text_pair = std::int64_t{0};
  EXPECT_EQ(count(request), 5);
  request.data.eval = 0.5;
  EXPECT_EQ(count(request), 6);
  request.sweep_seed = 2;
  EXPECT_EQ(count(request), 7);
  request.model.hidden = 8;
  EXPECT_EQ(count(request), 7);
}

TEST_F(DataCache, ADamagedFileIsWrittenAnew) {
  const auto first = prepare(cached()).prepared;
  const std::filesystem::path file = only_file();
  const std::string sound = read_file(file);
  std::string damaged = sound;
  damaged[damaged.size() / 2] ^= 1;
  write_file(file, damaged);

  const auto second = prepare(cached()).prepared;

  EXPECT_EQ(*first->data, *second->data);
  EXPECT_EQ(read_file(file), sound);
}

TEST_F(DataCache, AFolderThatCannotBeWrittenIsAWarning) {
  write("cache", "a file");

  const PrepareOutcome outcome = prepare(cached());

  ASSERT_NE(outcome.prepared, nullptr);
  ASSERT_EQ(outcome.prepared->warnings.size(), 1u);
  EXPECT_EQ(outcome.prepared->warnings[0].code, "cache_unwritable");
}

RC_GTEST_PROP(DataCacheBytes, AnyChangeOfAFileIsNoticed, ()) {
  std::string bytes = to_cache_bytes(small_inputs());
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const auto other = *rc::gen::distinctFrom(bytes[at]);
  bytes[at] = other;

  RC_ASSERT(from_cache_bytes(bytes) == std::nullopt);
}

RC_GTEST_PROP(DataCacheBytes, AnyPartOfAFileIsNoticed, ()) {
  const std::string bytes = to_cache_bytes(small_inputs());
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());

  RC_ASSERT(from_cache_bytes(bytes.substr(0, size)) == std::nullopt);
}

}  // namespace
}  // namespace tarama::input
