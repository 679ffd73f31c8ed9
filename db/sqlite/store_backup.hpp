// A copy of a store's database, in one file, consistent as of one moment: for people (`tarama
// backup`), and before a migration.
#pragma once

#include "core/sweep/result.hpp"

#include <cstdint>
#include <filesystem>

namespace tarama::db {

struct Backup {
  std::filesystem::path file;
  std::uintmax_t bytes = 0;
  std::int64_t version = 0;  // of its schema
};

/// Copies `database`, of whatever version, while an orchestrator is at work or not; it neither
/// waits nor is waited for. The copy has passed SQLite's integrity check, and is at `file` whole
/// and synced, or not at all; put in a store folder as tarama.db it is a store. Errors: a file that
/// is there (`refused`), no store (`not_found`), another program's database (`refused`), no room
/// (`disk_full`), damage in the original (`corrupt`), else `io`.
[[nodiscard]] Result<Backup> backup_store(const std::filesystem::path& database,
                                          const std::filesystem::path& file);

/// The same before a migration: to tarama.db.v1 beside a database of version 1. What such a name
/// holds from a start that did not come to its end is replaced.
[[nodiscard]] Result<Backup> backup_beside(const std::filesystem::path& database,
                                           std::int64_t version);

}  // namespace tarama::db
