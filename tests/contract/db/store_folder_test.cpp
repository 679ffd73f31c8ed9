// Where a store may live, and that it has one orchestrator.
#include "db/store_folder.hpp"

#include "db/file_system.hpp"
#include "tests/contract/db/store_fixtures.hpp"
#include "tests/support/temp_folder.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::db::test {
namespace {

using tarama::test::TempFolder;
using testing::AllOf;
using testing::HasSubstr;

TEST(StoreFolder, NamesEverythingInIt) {
  const StoreFolder folder{"/store"};
  EXPECT_EQ(folder.database(), "/store/tarama.db");
  EXPECT_EQ(folder.control_socket(), "/store/control.sock");
  EXPECT_EQ(folder.attempt_log(RunId{7}, Attempt{2}), "/store/runs/7/attempt-2.log");
  EXPECT_EQ(folder.checkpoints(RunId{7}), "/store/checkpoints/7");
  EXPECT_EQ(folder.model(RunId{7}), "/store/models/7");
  EXPECT_EQ(folder.cache(), "/store/cache");
}

TEST(StoreFolder, IsMadeWithItsParentsAndMayBeThere) {
  TempFolder temporary;
  const auto root = temporary.path() / "a" / "b";

  EXPECT_EQ(must(prepare_store_folder(root)).root, root);
  EXPECT_EQ(must(prepare_store_folder(root)).root, root);
  EXPECT_TRUE(std::filesystem::is_directory(root));
}

TEST(StoreFolder, AFileInItsPlaceIsAnError) {
  TempFolder temporary;
  const auto root = temporary.path() / "file";
  std::ofstream(root) << "x";

  EXPECT_EQ(prepare_store_folder(root).error(),
            (Error{Errc::io,
                   "the store folder " + root.string() +
                       " is not a folder: Not a directory; name another with --store DIR or "
                       "TARAMA_STORE"}));
  EXPECT_THAT(prepare_store_folder(root / "below").error().message,
              HasSubstr("cannot be made: Not a directory"));
}

TEST(StoreFolder, AFolderThatCannotBeMadeIsAnError) {
  EXPECT_THAT(prepare_store_folder("/proc/tarama").error().message,
              HasSubstr("the store folder /proc/tarama cannot be made"));
}

// ---- file systems -------------------------------------------------------------------------------

TEST(FileSystem, NetworksAreUnfit) {
  for (const long type : {0x6969L, 0x517bL, 0xfe534d42L, 0xff534d42L, 0x00c36400L}) {
    const auto why = why_unfit_for_store(type, "");
    ASSERT_TRUE(why) << type;
    EXPECT_THAT(*why, HasSubstr("a network file system"));
  }
}

TEST(FileSystem, ANumberThatTheKernelSignExtendedIsKnown) {
  EXPECT_TRUE(why_unfit_for_store(static_cast<long>(static_cast<int>(0xff534d42U)), ""));
}

TEST(FileSystem, FuseIsUnfitWhereItReachesOverANetwork) {
  constexpr long fuse = 0x65735546;
  EXPECT_THAT(*why_unfit_for_store(fuse, "fuse.sshfs"),
              HasSubstr("is on fuse.sshfs, a network file system"));
  EXPECT_FALSE(why_unfit_for_store(fuse, "fuse.fuse-overlayfs"));
  EXPECT_FALSE(why_unfit_for_store(fuse, "fuseblk"));
}

TEST(FileSystem, LocalOnesAreFit) {
  for (const long type : {0xef53L, 0x58465342L, 0x9123683eL, 0x01021994L, 0x794c7630L}) {
    EXPECT_FALSE(why_unfit_for_store(type, "ext4")) << type;
  }
}

TEST(FileSystem, TheMountsTypeIsFoundByItsDevice) {
  const char* const mounts =
      "22 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw\n"
      "40 22 0:52 / /far rw,nosuid - fuse.sshfs host:/far rw,user_id=0\n";
  EXPECT_EQ(mount_type_of(mounts, 0, 52), "fuse.sshfs");
  EXPECT_EQ(mount_type_of(mounts, 8, 1), "ext4");
  EXPECT_EQ(mount_type_of(mounts, 8, 2), "");
}

// ---- the lock -----------------------------------------------------------------------------------

TEST(StoreLock, KeepsASecondOneOutAndNamesThePidThatHoldsIt) {
  TempFolder temporary;
  const StoreFolder folder{temporary.path()};
  const StoreLock held = must(StoreLock::take(folder));

  const auto second = StoreLock::take(folder);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::refused);
  EXPECT_THAT(second.error().message,
              AllOf(HasSubstr("is in use by another orchestrator"),
                    HasSubstr("(pid " + std::to_string(::getpid()) + ")")));
}

TEST(StoreLock, IsFreeAgainWhenItIsGone) {
  TempFolder temporary;
  const StoreFolder folder{temporary.path()};
  { const StoreLock held = must(StoreLock::take(folder)); }

  EXPECT_TRUE(StoreLock::take(folder));
}

TEST(StoreLock, MovesWithItsOwner) {
  TempFolder temporary;
  const StoreFolder folder{temporary.path()};
  StoreLock held = must(StoreLock::take(folder));
  const StoreLock moved = std::move(held);

  EXPECT_FALSE(StoreLock::take(folder));
}

/// A process that takes the lock, says so on `ready`, and waits to be killed.
struct Holder {
  pid_t pid = -1;
  int ready = -1;
};

Holder hold_in_another_process(const StoreFolder& folder) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) {
    return {};
  }
  const pid_t child = ::fork();
  if (child == 0) {
    const StoreLock held = must(StoreLock::take(folder));
    static_cast<void>(::write(pipe[1], "x", 1));
    for (;;) {
      ::pause();
    }
  }
  ::close(pipe[1]);
  return {child, pipe[0]};
}

TEST(StoreLock, DiesWithItsProcess) {
  TempFolder temporary;
  const StoreFolder folder{temporary.path()};
  const Holder holder = hold_in_another_process(folder);
  char letter = 0;
  ASSERT_EQ(::read(holder.ready, &letter, 1), 1);
  EXPECT_THAT(StoreLock::take(folder).error().message,
              HasSubstr("(pid " + std::to_string(holder.pid) + ")"));

  ::kill(holder.pid, SIGKILL);
  ::waitpid(holder.pid, nullptr, 0);
  ::close(holder.ready);

  EXPECT_TRUE(StoreLock::take(folder));
}

TEST(StoreLock, ProgramsThatTheHolderStartsDoNotInheritIt) {
  TempFolder temporary;
  const StoreFolder folder{temporary.path()};
  std::array<int, 2> input{};
  std::array<int, 2> until_exec{};
  ASSERT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(until_exec.data(), O_CLOEXEC), 0);
  pid_t program = -1;
  {
    const StoreLock held = must(StoreLock::take(folder));
    program = ::fork();
    if (program == 0) {
      ::dup2(input[0], STDIN_FILENO);
      ::execlp("cat", "cat", static_cast<char*>(nullptr));  // lives until its input ends
      ::_exit(127);
    }
    ::close(until_exec[1]);
    char letter = 0;
    ASSERT_EQ(::read(until_exec[0], &letter, 1), 0);  // exec closed the other end
  }

  EXPECT_TRUE(StoreLock::take(folder));

  ::close(input[1]);
  ::waitpid(program, nullptr, 0);
  ::close(input[0]);
  ::close(until_exec[0]);
}

}  // namespace
}  // namespace tarama::db::test
