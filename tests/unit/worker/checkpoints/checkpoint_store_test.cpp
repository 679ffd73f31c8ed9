// Checkpoints on a real disk: what is saved comes back, what is damaged never does.
#include "worker/checkpoints/checkpoint_store.hpp"

#include "tests/support/temp_folder.hpp"
#include "worker/checkpoints/checkpoint_format.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <rapidcheck.h>

using tarama::Attempt;
using tarama::LoadedCheckpoint;
using tarama::TrainerState;
using tarama::test::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

namespace fs = std::filesystem;

TrainerState state_after(std::int64_t steps) {
  TrainerState state;
  state.steps_done = steps;
  state.arithmetic = "packed 1; avx2";
  state.arrays["weight"] = {{2, 3}, {1, 2, 3, 4, 5, static_cast<float>(steps)}};
  state.arrays["empty"] = {{0, 3}, {}};
  state.arrays["scalar"] = {{}, {-0.0F}};
  for (std::int64_t step = 0; step < steps; ++step) {
    state.steps.push_back({.step = step, .loss = 1.0 / static_cast<double>(step + 1)});
  }
  state.evals.push_back({.epoch = 1, .split = tarama::Split::test, .step = steps - 1});
  state.predictions.push_back({.epoch = 1, .split = tarama::Split::test, .classes = {0, 1, 0}});
  return state;
}

void save(const fs::path& folder, std::int64_t steps, const std::string& run_key = "key") {
  ASSERT_TRUE(tarama::save_checkpoint(folder, run_key, Attempt{1}, state_after(steps)));
}

LoadedCheckpoint load(const fs::path& folder) {
  return tarama::load_newest_checkpoint(
      folder, "key", [](const TrainerState& /*state*/) { return std::nullopt; });
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void overwrite(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

constexpr const char* first_name = "checkpoint-000001.bin";
constexpr const char* second_name = "checkpoint-000002.bin";

}  // namespace

TEST(CheckpointStore, WhatIsSavedComesBack) {
  const TempFolder folder;
  save(folder.path() / "7", 5);

  const LoadedCheckpoint loaded = load(folder.path() / "7");

  EXPECT_EQ(loaded.state, state_after(5));
  EXPECT_THAT(loaded.remarks, IsEmpty());
}

TEST(CheckpointStore, NoFolderMeansFromTheStartWithoutAWord) {
  const TempFolder folder;

  const LoadedCheckpoint loaded = load(folder.path() / "none");

  EXPECT_EQ(loaded.state, std::nullopt);
  EXPECT_THAT(loaded.remarks, IsEmpty());
}

TEST(CheckpointStore, TheTwoNewestAreKept) {
  const TempFolder folder;
  for (const std::int64_t steps : {1, 2, 3, 4}) {
    save(folder.path(), steps);
  }

  EXPECT_THAT(names_in(folder.path()),
              ElementsAre("checkpoint-000003.bin", "checkpoint-000004.bin"));
  EXPECT_EQ(load(folder.path()).state, state_after(4));
}

TEST(CheckpointStore, OneWrittenLaterAtAnEarlierStepIsTheNewest) {
  const TempFolder folder;
  save(folder.path(), 9);
  save(folder.path(), 4);  // by an attempt that could not read the first

  EXPECT_EQ(load(folder.path()).state, state_after(4));
}

TEST(CheckpointStore, WhatADeadAttemptLeftUnfinishedGoes) {
  const TempFolder folder;
  overwrite(folder.path() / "attempt-1.tmp", "half a checkpoint");
  ASSERT_TRUE(tarama::save_checkpoint(folder.path(), "key", Attempt{2}, state_after(1)));

  EXPECT_THAT(names_in(folder.path()), ElementsAre(first_name));
}

TEST(CheckpointStore, AnOlderAttemptThatWakesLateLeavesTheFilesOfTheNewerOneAlone) {
  const TempFolder folder;
  save(folder.path(), 3);
  overwrite(folder.path() / "attempt-2.tmp", "what the living attempt is writing");

  const auto saved = tarama::save_checkpoint(folder.path(), "key", Attempt{1}, state_after(4));

  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, tarama::Errc::refused);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("attempt-2.tmp", first_name));
}

TEST(CheckpointStore, CutAnywhereFallsBackToTheOlderAndSaysSo) {
  const TempFolder folder;
  save(folder.path(), 2);
  save(folder.path(), 3);
  const fs::path newest = folder.path() / second_name;
  const std::string whole = bytes_of(newest);

  for (std::size_t length = 0; length < whole.size(); ++length) {
    overwrite(newest, whole.substr(0, length));
    const LoadedCheckpoint loaded = load(folder.path());
    ASSERT_EQ(loaded.state, state_after(2)) << "cut at " << length;
    ASSERT_EQ(loaded.remarks.size(), 2U) << "cut at " << length;
    ASSERT_THAT(loaded.remarks[0], HasSubstr(newest.string() + " cannot be used: "));
    ASSERT_EQ(loaded.remarks[1], "going on from an older checkpoint, at step 2");
  }
}

TEST(CheckpointStore, AnyFlippedBitIsFound) {
  const TempFolder folder;
  save(folder.path(), 2);
  const fs::path path = folder.path() / first_name;
  const std::string whole = bytes_of(path);

  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    overwrite(path, damaged);
    const LoadedCheckpoint loaded = load(folder.path());
    ASSERT_EQ(loaded.state, std::nullopt) << "byte " << i;
    ASSERT_EQ(loaded.remarks.size(), 2U) << "byte " << i;
    ASSERT_EQ(loaded.remarks[1], "no older checkpoint: starting at step 0");
  }
}

TEST(CheckpointStore, BytesBehindTheEndAreFound) {
  const TempFolder folder;
  save(folder.path(), 2);
  const fs::path path = folder.path() / first_name;
  overwrite(path, bytes_of(path) + "x");

  EXPECT_THAT(load(folder.path()).remarks,
              ElementsAre(HasSubstr("it is longer or shorter than its header says"),
                          HasSubstr("starting at step 0")));
}

TEST(CheckpointStore, CheckpointOfAnotherRunIsNotUsed) {
  const TempFolder folder;
  save(folder.path(), 2, "another key");

  const LoadedCheckpoint loaded = load(folder.path());

  EXPECT_EQ(loaded.state, std::nullopt);
  EXPECT_THAT(loaded.remarks,
              ElementsAre(HasSubstr("is of another run"), HasSubstr("starting at step 0")));
}

TEST(CheckpointStore, OneThatDoesNotFitTheJobFallsBackToTheOlderAndSaysWhy) {
  const TempFolder folder;
  save(folder.path(), 2);
  save(folder.path(), 3);

  const LoadedCheckpoint loaded = tarama::load_newest_checkpoint(
      folder.path(), "key", [](const TrainerState& state) -> std::optional<std::string> {
        return state.steps_done == 3 ? std::optional<std::string>("three is too many")
                                     : std::nullopt;
      });

  EXPECT_EQ(loaded.state, state_after(2));
  EXPECT_THAT(loaded.remarks,
              ElementsAre("the checkpoint " + (folder.path() / second_name).string() +
                              " cannot be used: three is too many",
                          "going on from an older checkpoint, at step 2"));
}

TEST(CheckpointStore, NewerFormatIsNamedBesideOurs) {
  const TempFolder folder;
  save(folder.path(), 2);
  const fs::path path = folder.path() / first_name;
  std::string bytes = bytes_of(path);
  bytes[8] = 9;  // behind the magic
  overwrite(path, bytes);

  EXPECT_THAT(load(folder.path()).remarks,
              ElementsAre(HasSubstr("it has format version 9, this program reads version 3"),
                          HasSubstr("starting at step 0")));
}

TEST(CheckpointStore, FolderThatCannotBeMadeIsAnError) {
  const TempFolder folder;
  overwrite(folder.path() / "file", "");

  const auto saved =
      tarama::save_checkpoint(folder.path() / "file" / "7", "key", Attempt{1}, state_after(1));

  ASSERT_TRUE(saved.has_error());
  EXPECT_EQ(saved.error().code, tarama::Errc::io);
}

TEST(CheckpointStore, FullDiskIsToldApartAndLeavesTheOlderOnes) {
  // /dev/full answers every write as a full disk does.
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP() << "this system has no /dev/full";
  }
  const TempFolder folder;
  save(folder.path(), 2);
  fs::create_symlink("/dev/full", folder.path() / "attempt-1.tmp");

  const auto saved = tarama::save_checkpoint(folder.path(), "key", Attempt{1}, state_after(3));

  ASSERT_TRUE(saved.has_error());
  EXPECT_EQ(saved.error().code, tarama::Errc::disk_full);
  EXPECT_EQ(load(folder.path()).state, state_after(2));
}

TEST(CheckpointFormat, RandomTablesNeverCrash) {
  EXPECT_TRUE(rc::check("decode_table survives any bytes", [](const std::vector<char>& noise) {
    const auto bytes = std::as_bytes(std::span(noise));
    static_cast<void>(tarama::checkpoint_format::decode_table(bytes, 1000));
    static_cast<void>(tarama::checkpoint_format::decode_header(bytes));
  }));
}

TEST(CheckpointFormat, MutatedTablesNeverCrash) {
  EXPECT_TRUE(rc::check("decode_table survives changed bytes", [] {
    auto bytes = tarama::checkpoint_format::encode_table("key", Attempt{1}, state_after(3));
    const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[place] = static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
    static_cast<void>(tarama::checkpoint_format::decode_table(bytes, 7 * sizeof(float)));
  }));
}

TEST(CheckpointFormat, ArrayLargerThanTheFileIsRefusedBeforeItIsAllocated) {
  TrainerState state;
  state.arrays["huge"] = {{std::int64_t{1} << 40, std::int64_t{1} << 40}, {}};

  const auto table = tarama::checkpoint_format::decode_table(
      tarama::checkpoint_format::encode_table("key", Attempt{1}, state), 1000);

  ASSERT_TRUE(table.has_error());
  EXPECT_THAT(table.error().message, HasSubstr("the array 'huge' is larger than the file"));
}
