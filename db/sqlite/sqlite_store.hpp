// The RunStore in a SQLite database: WAL, so that readers never wait for the writer.
#pragma once

#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <filesystem>
#include <memory>

namespace tarama::db {

/// Opens or creates `database` and brings its schema to this program's version. The caller holds
/// the store's lock (store_folder.hpp). Errors: a file that is not tarama's or is of a newer
/// version (`refused`), damaged (`corrupt`), not writable or in a place where WAL cannot work
/// (`io`, `refused`), no room (`disk_full`).
[[nodiscard]] Result<std::unique_ptr<RunStore>> open_sqlite_store(
    const std::filesystem::path& database);

}  // namespace tarama::db
