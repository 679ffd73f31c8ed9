// Writes go through to the real files, so that reads need no thought, and are kept a second time
// in the order of their syncs.
#include "tests/contract/db/power_cut_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <new>

namespace tarama::db::test {

namespace {

using Change = PowerCutVfs::Change;

/// What SQLite holds of an open file; the real one lies behind it in the same memory.
struct CutFile {
  sqlite3_file base;
  PowerCutVfs* vfs;
  std::string* path;  // empty: not one that outlives a cut

  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }

  [[nodiscard]] bool is_tracked() const { return !path->empty(); }
};

CutFile& of(sqlite3_file* file) {
  return *reinterpret_cast<CutFile*>(file);
}

sqlite3_vfs* real_vfs() {
  return sqlite3_vfs_find("unix");
}

void put_change(std::string& content, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.is_truncation) {
    content.resize(std::min(content.size(), offset));
    return;
  }
  content.resize(std::max(content.size(), offset + change.bytes.size()));
  std::copy(change.bytes.begin(),
            change.bytes.end(),
            content.begin() + static_cast<std::ptrdiff_t>(offset));
}

int close_file(sqlite3_file* file) {
  CutFile& cut = of(file);
  const int code = cut.real()->pMethods->xClose(cut.real());
  delete cut.path;
  return code;
}

int read_file(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  return of(file).real()->pMethods->xRead(of(file).real(), bytes, size, offset);
}

int change_file(CutFile& cut, Change change, int (*pass_on)(CutFile&, const Change&)) {
  if (cut.is_tracked() && !cut.vfs->spend()) {
    return SQLITE_IOERR_WRITE;
  }
  const int code = pass_on(cut, change);
  if (code == SQLITE_OK && cut.is_tracked()) {
    cut.vfs->disk_of(*cut.path).unsynced.push_back(std::move(change));
  }
  return code;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  Change change;
  change.offset = offset;
  change.bytes.assign(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  return change_file(of(file), std::move(change), [](CutFile& cut, const Change& one) {
    return cut.real()->pMethods->xWrite(
        cut.real(), one.bytes.data(), static_cast<int>(one.bytes.size()), one.offset);
  });
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Change change;
  change.offset = size;
  change.is_truncation = true;
  return change_file(of(file), std::move(change), [](CutFile& cut, const Change& one) {
    return cut.real()->pMethods->xTruncate(cut.real(), one.offset);
  });
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  CutFile& cut = of(file);
  if (!cut.is_tracked()) {
    return SQLITE_OK;
  }
  if (!cut.vfs->spend()) {
    return SQLITE_IOERR_FSYNC;
  }
  PowerCutVfs::Disk& disk = cut.vfs->disk_of(*cut.path);
  for (const Change& change : disk.unsynced) {
    put_change(disk.synced, change);
  }
  disk.unsynced.clear();
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return of(file).real()->pMethods->xFileSize(of(file).real(), size);
}

int lock_file(sqlite3_file* file, int level) {
  return of(file).real()->pMethods->xLock(of(file).real(), level);
}

int unlock_file(sqlite3_file* file, int level) {
  return of(file).real()->pMethods->xUnlock(of(file).real(), level);
}

int check_lock(sqlite3_file* file, int* is_reserved) {
  return of(file).real()->pMethods->xCheckReservedLock(of(file).real(), is_reserved);
}

int control_file(sqlite3_file* file, int what, void* with) {
  return of(file).real()->pMethods->xFileControl(of(file).real(), what, with);
}

int sector_size(sqlite3_file* file) {
  return of(file).real()->pMethods->xSectorSize(of(file).real());
}

int characteristics(sqlite3_file* file) {
  return of(file).real()->pMethods->xDeviceCharacteristics(of(file).real());
}

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
  return of(file).real()->pMethods->xShmMap(of(file).real(), page, size, extend, at);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return of(file).real()->pMethods->xShmLock(of(file).real(), offset, count, flags);
}

void fence_shared(sqlite3_file* file) {
  of(file).real()->pMethods->xShmBarrier(of(file).real());
}

int unmap_shared(sqlite3_file* file, int remove) {
  return of(file).real()->pMethods->xShmUnmap(of(file).real(), remove);
}

const sqlite3_io_methods methods = {2,
                                    close_file,
                                    read_file,
                                    write_file,
                                    truncate_file,
                                    sync_file,
                                    file_size,
                                    lock_file,
                                    unlock_file,
                                    check_lock,
                                    control_file,
                                    sector_size,
                                    characteristics,
                                    map_shared,
                                    lock_shared,
                                    fence_shared,
                                    unmap_shared,
                                    nullptr,
                                    nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  CutFile& cut = of(file);
  cut.base.pMethods = nullptr;
  sqlite3_vfs* const real = real_vfs();
  const int code = real->xOpen(real, name, cut.real(), flags, out_flags);
  if (code != SQLITE_OK) {
    return code;
  }
  const bool is_tracked = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
  cut.vfs = static_cast<PowerCutVfs*>(vfs->pAppData);
  cut.path = new std::string(is_tracked ? name : "");
  cut.base.pMethods = &methods;
  if (is_tracked) {
    cut.vfs->know(name);
  }
  return SQLITE_OK;
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A write of which some sectors arrived, some did not, and one may be garbage.
void put_torn(std::string& content, const Change& change, std::mt19937_64& random) {
  constexpr std::size_t sector = 512;
  for (std::size_t from = 0; from < change.bytes.size(); from += sector) {
    const auto fate = random() % 8;
    if (fate < 4) {
      continue;
    }
    Change part;
    part.offset = change.offset + static_cast<std::int64_t>(from);
    part.bytes = change.bytes.substr(from, sector);
    if (fate == 7) {
      std::fill(part.bytes.begin(), part.bytes.end(), static_cast<char>(random()));
    }
    put_change(content, part);
  }
}

}  // namespace

PowerCutVfs::PowerCutVfs() : real_(sqlite3_vfs_find("unix")) {
  vfs_ = *real_;
  vfs_.zName = "power-cut";
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(CutFile)) + real_->szOsFile;
  vfs_.xOpen = open_file;
  // The other functions of the real one ask for nothing of the object that they are given but its
  // pAppData, which chooses how files are locked: they get their own.
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
    if (!static_cast<PowerCutVfs*>(vfs->pAppData)->forget(name)) {
      return SQLITE_IOERR_DELETE;
    }
    return real_vfs()->xDelete(real_vfs(), name, sync);
  };
  vfs_.xAccess = [](sqlite3_vfs*, const char* name, int flags, int* result) {
    return real_vfs()->xAccess(real_vfs(), name, flags, result);
  };
  vfs_.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* path) {
    return real_vfs()->xFullPathname(real_vfs(), name, size, path);
  };
  sqlite3_vfs_register(&vfs_, 1);
}

PowerCutVfs::~PowerCutVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

bool PowerCutVfs::spend() {
  ++operations_;
  return --left_ > 0;
}

void PowerCutVfs::know(const std::string& path) {
  if (!disks_.contains(path)) {
    disks_[path].synced = content_of(path);
  }
}

bool PowerCutVfs::forget(const std::string& path) {
  if (!is_cut()) {
    disks_.erase(path);  // SQLite syncs the folder where the order matters
  }
  return !is_cut();
}

void PowerCutVfs::restore(const std::filesystem::path& folder, std::uint64_t seed) const {
  std::mt19937_64 random(seed);
  // Some cuts find all that was written on the disk, most find it torn.
  const bool is_lucky = random() % 8 == 0;
  for (const auto& [path, disk] : disks_) {
    std::string content = disk.synced;
    for (const Change& change : disk.unsynced) {
      if (is_lucky || (change.is_truncation && random() % 2 == 0)) {
        put_change(content, change);
      } else if (!change.is_truncation) {
        put_torn(content, change, random);
      }
    }
    const auto name = std::filesystem::path(path).filename();
    std::ofstream(folder / name, std::ios::binary)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
  }
}

}  // namespace tarama::db::test
