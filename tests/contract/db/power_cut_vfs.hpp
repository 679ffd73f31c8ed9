// SQLite's files under a power cut: what was not synced when it came is lost, kept or torn, each
// sector by itself, whatever the order of the writes was. A VFS over the one of the system, in
// place of it while the object lives.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tarama::db::test {

class PowerCutVfs {
 public:
  PowerCutVfs();
  ~PowerCutVfs();
  PowerCutVfs(const PowerCutVfs&) = delete;
  PowerCutVfs& operator=(const PowerCutVfs&) = delete;

  /// The power fails at the `operations`th write or sync from now on: that one and all later ones
  /// fail.
  void cut_after(std::int64_t operations) { left_ = operations; }

  [[nodiscard]] bool is_cut() const { return left_ <= 0; }

  /// Writes or syncs so far.
  [[nodiscard]] std::int64_t operations() const { return operations_; }

  /// What the disk may hold when the power is back: files of the same names in `folder`.
  void restore(const std::filesystem::path& folder, std::uint64_t seed) const;

  // ---- for the functions that SQLite calls ----

  struct Change {
    std::int64_t offset = 0;
    std::string bytes;           // written there
    bool is_truncation = false;  // to `offset` instead
  };

  struct Disk {
    std::string synced;
    std::vector<Change> unsynced;
  };

  /// False: the power is off.
  [[nodiscard]] bool spend();

  Disk& disk_of(const std::string& path) { return disks_[path]; }

  /// Read once from the file as it is, which counts as synced.
  void know(const std::string& path);
  /// The file is deleted; false: the power is off.
  [[nodiscard]] bool forget(const std::string& path);

 private:
  sqlite3_vfs vfs_{};
  sqlite3_vfs* real_ = nullptr;
  std::int64_t left_ = INT64_MAX;
  std::int64_t operations_ = 0;
  std::map<std::string, Disk> disks_;  // by path
};

}  // namespace tarama::db::test
