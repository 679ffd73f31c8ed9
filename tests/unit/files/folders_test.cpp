// Folders within a store.
#include "files/folders.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;

TEST(Folders, AreMadeWithTheOneAboveThem) {
  const TempFolder store;

  EXPECT_FALSE(files::make_folder(store.path() / "runs" / "7"));
  EXPECT_FALSE(files::make_folder(store.path() / "runs" / "7")) << "it is there";

  EXPECT_TRUE(fs::is_directory(store.path() / "runs" / "7"));
}

TEST(Folders, AreNotMadeWhereTheirStoreIsGone) {
  const TempFolder folder;

  EXPECT_EQ(files::make_folder(folder.path() / "store" / "runs" / "7"),
            std::errc::no_such_file_or_directory);

  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace tarama::test
