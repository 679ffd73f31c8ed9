// The table of contents of a zip archive, as torch.save writes them: entries that are stored, not
// packed, whose bytes lie in the file as they are. With 64-bit sizes. Every number is checked
// before it is used.
#pragma once

#include "core/sweep/result.hpp"
#include "input/files/readable_file.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace tarama::input {

struct ZipEntry {
  std::uint64_t size = 0;
  std::uint64_t header = 0;  // where its own header begins, by the table
  bool is_stored = false;    // neither packed nor encrypted
};

using ZipEntries = std::map<std::string, ZipEntry>;

[[nodiscard]] bool is_zip_archive(std::string_view start);

/// Of two entries of the same name the last one counts. Messages do not name the file.
[[nodiscard]] Result<ZipEntries> read_zip_entries(const ReadableFile& file);

/// Where the bytes of a stored entry begin. All of them are in the file.
[[nodiscard]] Result<std::uint64_t> data_of_entry(const ReadableFile& file, const ZipEntry& entry);

}  // namespace tarama::input
