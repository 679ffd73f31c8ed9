// The RunStore in a SQLite database: WAL, so that readers never wait for the writer.
#pragma once

#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tarama::db {

/// Hears what a person should know of an open, for the log: that an older store is brought up to
/// date, and where it is kept as it was.
using StoreNotice = std::function<void(const std::string&)>;

/// Opens or creates `database` and brings its schema to this program's version; of an older one a
/// copy is made beside it first (tarama.db.v1), and where there is no room for that, nothing is
/// changed. The caller holds the store's lock (store_folder.hpp). Errors: a file that is not
/// tarama's or is of a newer version (`refused`), damaged (`corrupt`), not writable or in a place
/// where WAL cannot work (`io`, `refused`), no room (`disk_full`).
[[nodiscard]] Result<std::unique_ptr<RunStore>> open_sqlite_store(
    const std::filesystem::path& database, const StoreNotice& say = {});

}  // namespace tarama::db
