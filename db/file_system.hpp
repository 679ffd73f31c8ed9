// Which file systems a store cannot live on: SQLite's write-ahead log shares memory between
// processes through a file, and the lock is flock; over a network neither holds between machines,
// and some clients lose both silently.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::db {

/// Why a store cannot live on a file system of this kind ("is on NFS, a network file system: ...");
/// nullopt: it can. `type`: statfs's f_type. `mount_type`: the name in /proc/self/mountinfo; it
/// tells FUSE file systems apart (sshfs from a container's overlay), which share a type.
[[nodiscard]] std::optional<std::string> why_unfit_for_store(long type,
                                                             std::string_view mount_type);

/// The same of an existing folder; nullopt as well where the kernel does not tell.
[[nodiscard]] std::optional<std::string> why_unfit_for_store(const std::filesystem::path& folder);

/// The type of the mount with device number `major:minor` in the text of /proc/self/mountinfo;
/// empty: not there.
[[nodiscard]] std::string mount_type_of(std::string_view mountinfo, unsigned major, unsigned minor);

}  // namespace tarama::db
