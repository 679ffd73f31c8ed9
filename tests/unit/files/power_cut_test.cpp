// Files whose names must not outlive their bytes: no rename before the bytes are synced, no return
// before the name is, nothing older removed before that. Then a power cut leaves the old file or
// the new one, whole.
#include "db/sqlite/database_file.hpp"
#include "input/files/safe_write.hpp"
#include "tests/support/temp_folder.hpp"
#include "worker/checkpoints/checkpoint_store.hpp"

#include <gtest/gtest.h>

#include <cstdarg>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

/// What a power cut could take, by the system calls so far.
struct Volatile {
  std::map<int, fs::path> open;
  std::set<fs::path> bytes;  // files with bytes that are not synced
  std::set<fs::path> names;  // given by a rename that is not synced
  int renames = 0;
  std::vector<std::string> mistakes;
  fs::path lasting;                         // is to be there after each rename
  std::vector<std::set<fs::path>> present;  // in a folder, each time that one was synced

  void opened(int file, const char* path, int flags) {
    open[file] = path;
    if ((flags & O_CREAT) != 0) {
      bytes.insert(path);
    }
  }

  void written(int file) { bytes.insert(open[file]); }

  void synced(int file) {
    const fs::path& path = open[file];
    bytes.erase(path);
    if (fs::is_directory(path)) {
      std::erase_if(names, [&](const fs::path& name) { return name.parent_path() == path; });
      std::set<fs::path>& files = present.emplace_back();
      for (const auto& entry : fs::directory_iterator(path)) {
        files.insert(entry.path().filename());
      }
    }
  }

  void renamed(const char* from, const char* to) {
    ++renames;
    for (const fs::path& file : bytes) {
      if (file == from || file.parent_path() == from) {
        mistakes.push_back("the bytes of " + file.string() + " are not synced");
      }
    }
    names.insert(to);
  }

  void has_renamed() {
    if (!lasting.empty() && !fs::exists(lasting)) {
      mistakes.push_back(lasting.string() + " is gone for a moment");
    }
  }
};

Volatile* seen = nullptr;  // while a test looks

class DurableFiles : public testing::Test {
 protected:
  DurableFiles() { seen = &volatile_; }

  ~DurableFiles() override { seen = nullptr; }

  void expect_nothing_to_lose() {
    EXPECT_GT(volatile_.renames, 0);
    EXPECT_THAT(volatile_.mistakes, IsEmpty());
    EXPECT_THAT(volatile_.bytes, IsEmpty());
    EXPECT_THAT(volatile_.names, IsEmpty());
    EXPECT_FALSE(volatile_.present.empty());
  }

  TempFolder folder_;
  Volatile volatile_;
};

TEST_F(DurableFiles, ACheckpointIsThereBeforeAnOlderOneGoes) {
  TrainerState state;
  state.arrays["weight"] = {{2}, {1, 2}};
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(save_checkpoint(folder_.path(), "key", Attempt{1}, state));
    expect_nothing_to_lose();
  }
  // Two are kept: at the fourth one's sync, the second was still there.
  EXPECT_TRUE(volatile_.present.back().contains("checkpoint-000002.bin"));
  EXPECT_FALSE(fs::exists(folder_.path() / "checkpoint-000002.bin"));
}

TEST_F(DurableFiles, AModelsFolderIsThereWholeOrNotAtAll) {
  const std::map<std::string, std::string> files = {{"config.json", "{}"}, {"vocab.txt", "a\n"}};
  ASSERT_TRUE(input::replace_folder(folder_.path() / "model", files));
  expect_nothing_to_lose();
}

/// Where the file system can exchange names, as those of Linux do.
TEST_F(DurableFiles, AModelThatIsReplacedIsThereAtEachMoment) {
  const fs::path model = folder_.path() / "model";
  ASSERT_TRUE(input::replace_folder(model, {{"config.json", "{}"}, {"older", ""}}));
  volatile_.lasting = model / "config.json";

  ASSERT_TRUE(input::replace_folder(model, {{"config.json", "{\"a\": 1}"}}));

  expect_nothing_to_lose();
  EXPECT_EQ(fs::file_size(model / "config.json"), 8U);
  EXPECT_FALSE(fs::exists(model / "older"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << "nothing else is left";
}

TEST_F(DurableFiles, ABackupIsThereWholeOrNotAtAll) {
  std::ofstream(folder_.path() / "backup.part") << "bytes of SQLite's own writing";
  ASSERT_TRUE(db::publish_file(
      folder_.path() / "backup.part", folder_.path() / "backup.db", files::IfThere::refuse));
  expect_nothing_to_lose();
}

}  // namespace
}  // namespace tarama::test

// ---- the system calls ---------------------------------------------------------------------------

extern "C" {

int __real_open(const char* path, int flags, ...);
ssize_t __real_write(int file, const void* bytes, size_t size);
int __real_fsync(int file);
int __real_rename(const char* from, const char* to);
int __real_renameat2(
    int from_folder, const char* from, int to_folder, const char* to, unsigned how);

int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(more, unsigned) : 0U;
  va_end(more);
  const int file = __real_open(path, flags, mode);
  if (tarama::test::seen != nullptr && file >= 0) {
    tarama::test::seen->opened(file, path, flags);
  }
  return file;
}

ssize_t __wrap_write(int file, const void* bytes, size_t size) {
  if (tarama::test::seen != nullptr) {
    tarama::test::seen->written(file);
  }
  return __real_write(file, bytes, size);
}

int __wrap_fsync(int file) {
  const int result = __real_fsync(file);
  if (tarama::test::seen != nullptr && result == 0) {
    tarama::test::seen->synced(file);
  }
  return result;
}

int __wrap_rename(const char* from, const char* to) {
  if (tarama::test::seen != nullptr) {
    tarama::test::seen->renamed(from, to);
  }
  const int result = __real_rename(from, to);
  if (tarama::test::seen != nullptr) {
    tarama::test::seen->has_renamed();
  }
  return result;
}

int __wrap_renameat2(
    int from_folder, const char* from, int to_folder, const char* to, unsigned how) {
  if (tarama::test::seen != nullptr) {
    tarama::test::seen->renamed(from, to);
  }
  const int result = __real_renameat2(from_folder, from, to_folder, to, how);
  if (tarama::test::seen != nullptr) {
    tarama::test::seen->has_renamed();
  }
  return result;
}

}  // extern "C"
