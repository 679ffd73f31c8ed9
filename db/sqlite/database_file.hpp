// The database as a file: why it cannot be read, and how another file comes to stand beside it for
// good. Private to db/.
#pragma once

#include "core/sweep/result.hpp"
#include "files/whole_file.hpp"

#include <filesystem>

namespace tarama::db {

/// `not_found`, with what to do, if there is no such file; nothing is opened.
[[nodiscard]] Result<void> check_that_it_exists(const std::filesystem::path& database);

/// `error`, which reading the database gave, or what lies beneath it: the rights to file or folder.
[[nodiscard]] Error why_unreadable(const std::filesystem::path& database, const Error& error);

/// Gives the finished file `from` the name `to`, in the same folder, synced. With `refuse`, a file
/// that is at `to` stays, whoever made it in between: `refused`.
[[nodiscard]] Result<void> publish_file(const std::filesystem::path& from,
                                        const std::filesystem::path& to,
                                        files::IfThere if_there);

/// The error of a file name that is taken.
[[nodiscard]] Error name_is_taken(const std::filesystem::path& file);

}  // namespace tarama::db
