// Files that are there whole or not at all, whoever dies in between: written under a temporary
// name, synced, renamed, and the rename synced. The one place for these steps, and for what their
// failures are called.
#pragma once

#include "core/sweep/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace tarama::files {

/// "PATH: DOING: REASON" of a system call's errno; `disk_full` where there is no room, else `io`.
[[nodiscard]] Error failure_at(const std::filesystem::path& path,
                               std::string_view doing,
                               int error_number);

enum class Sync { no, yes };

/// Writes `parts` one behind the other to `path`, over what is there. After a failure there is no
/// such file. With Sync::no a power cut may leave anything in it.
[[nodiscard]] Result<void> write_whole(const std::filesystem::path& path,
                                       const std::vector<std::span<const std::byte>>& parts,
                                       Sync sync);

/// What was made or renamed in the folder is there after a power cut as well. Some file systems
/// cannot sync a folder, keep it anyway, and say `io`.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

enum class IfThere { refuse, replace };

/// Gives the finished file `from` the name `to`, in the same file system. With `refuse`, what is at
/// `to` stays, whoever made it in between: `refused`. Not synced: see sync_folder.
[[nodiscard]] Result<void> rename_to(const std::filesystem::path& from,
                                     const std::filesystem::path& to,
                                     IfThere if_there);

/// What had the name `to` has the name `from` then, and the other way round, with no moment at
/// which either name has nothing. False: nothing has changed, since there is nothing at `to`, or
/// the file system cannot do it (some network and older layered ones). Not synced: see sync_folder.
[[nodiscard]] bool exchange(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace tarama::files
