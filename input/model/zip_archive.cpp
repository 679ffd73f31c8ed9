// See zip_archive.hpp. The layout is that of PKWARE's APPNOTE, sections 4.3 and 4.5.3.
#include "input/model/zip_archive.hpp"

#include "core/bytes/byte_io.hpp"

#include <algorithm>
#include <string_view>

namespace tarama::input {
namespace {

constexpr std::string_view local_mark = "PK\x03\x04";
constexpr std::string_view entry_mark = "PK\x01\x02";
constexpr std::string_view end_mark = "PK\x05\x06";
constexpr std::string_view end_64_mark = "PK\x06\x06";
constexpr std::string_view locator_64_mark = "PK\x06\x07";

constexpr std::size_t end_bytes = 22;
constexpr std::size_t locator_bytes = 20;
constexpr std::size_t end_64_bytes = 56;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t longest_comment = 65'535;
constexpr std::uint64_t elsewhere_32 = 0xFFFFFFFFU;  // "see the 64-bit field"
// A model of 100 000 tensors has a table of 10 MB.
constexpr std::uint64_t longest_table = std::uint64_t{64} << 20U;

Error bad_zip(std::string_view what) {
  return Error{Errc::invalid_config, fmt::format("is not a sound zip archive: {}", what)};
}

struct Directory {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// The table's place by the 64-bit record, whose locator stands right before the usual record.
Result<Directory> table_by_64(const ReadableFile& file, std::uint64_t end_at) {
  const Result<std::string> locator =
      file.read(end_at < locator_bytes ? 0 : end_at - locator_bytes, locator_bytes);
  if (!locator) {
    return locator.error();
  }
  if (end_at < locator_bytes || !locator->starts_with(locator_64_mark)) {
    return bad_zip("the place of its table is missing");
  }
  ByteReader place(std::string_view(*locator).substr(8));
  const Result<std::string> record = file.read(place.unsigned_number("record", 8), end_64_bytes);
  if (!record) {
    return record.error();
  }
  if (record->size() < end_64_bytes || !record->starts_with(end_64_mark)) {
    return bad_zip("the place of its table is missing");
  }
  ByteReader fields(std::string_view(*record).substr(40));
  Directory table;
  table.size = fields.unsigned_number("size", 8);
  table.begin = fields.unsigned_number("begin", 8);
  return table;
}

Result<Directory> find_table(const ReadableFile& file) {
  const std::uint64_t searched = std::min<std::uint64_t>(file.size(), end_bytes + longest_comment);
  const Result<std::string> tail =
      file.read(file.size() - searched, static_cast<std::size_t>(searched));
  if (!tail) {
    return tail.error();
  }
  const std::size_t at = tail->rfind(end_mark);
  if (at == std::string::npos || tail->size() - at < end_bytes) {
    return bad_zip("its end is missing; the file is cut short, or was not downloaded to its end");
  }
  ByteReader fields(std::string_view(*tail).substr(at + 12));
  Directory table;
  table.size = fields.unsigned_number("size", 4);
  table.begin = fields.unsigned_number("begin", 4);
  if (table.size == elsewhere_32 || table.begin == elsewhere_32) {
    const Result<Directory> wide = table_by_64(file, file.size() - searched + at);
    if (!wide) {
      return wide.error();
    }
    table = *wide;
  }
  if (table.size > longest_table || table.begin > file.size() ||
      table.size > file.size() - table.begin) {
    return bad_zip("its table lies outside of the file");
  }
  return table;
}

/// Replaces what is said to stand in the 64-bit field by what stands there.
void take_wide_fields(std::string_view extra,
                      std::uint64_t& size,
                      std::uint64_t& packed_size,
                      std::uint64_t& header) {
  constexpr std::uint64_t wide_fields = 1;
  ByteReader reader(extra);
  while (reader.remaining() >= 4) {
    const std::uint64_t kind = reader.unsigned_number("kind", 2);
    const std::uint64_t length = reader.unsigned_number("length", 2);
    const std::span<const std::byte> body =
        reader.bytes("field", std::min<std::size_t>(length, reader.remaining()));
    if (kind != wide_fields) {
      continue;
    }
    ByteReader fields(body);
    for (std::uint64_t* const value : {&size, &packed_size, &header}) {
      if (*value == elsewhere_32) {
        *value = fields.unsigned_number("wide field", 8);
      }
    }
  }
}

/// One row of the table; an empty name where it is not sound.
std::string take_entry(ByteReader& reader, ZipEntry& entry) {
  constexpr std::uint64_t encrypted = 1;
  if (as_text(reader.bytes("mark", entry_mark.size())) != entry_mark) {
    return "";
  }
  (void)reader.bytes("versions", 4);
  const std::uint64_t flags = reader.unsigned_number("flags", 2);
  const std::uint64_t method = reader.unsigned_number("method", 2);
  (void)reader.bytes("time and checksum", 8);
  std::uint64_t packed_size = reader.unsigned_number("packed size", 4);
  entry.size = reader.unsigned_number("size", 4);
  const std::uint64_t name_length = reader.unsigned_number("name length", 2);
  const std::uint64_t extra_length = reader.unsigned_number("extra length", 2);
  const std::uint64_t comment_length = reader.unsigned_number("comment length", 2);
  (void)reader.bytes("attributes", 8);
  entry.header = reader.unsigned_number("header", 4);
  std::string name = as_text(reader.bytes("name", name_length));
  const std::string extra = as_text(reader.bytes("extra", extra_length));
  (void)reader.bytes("comment", comment_length);
  take_wide_fields(extra, entry.size, packed_size, entry.header);
  entry.is_stored = method == 0 && (flags & encrypted) == 0 && packed_size == entry.size;
  return reader.has_failed() ? "" : name;
}

}  // namespace

bool is_zip_archive(std::string_view start) {
  return start.starts_with(local_mark) || start.starts_with(end_mark);
}

Result<ZipEntries> read_zip_entries(const ReadableFile& file) {
  const Result<Directory> table = find_table(file);
  if (!table) {
    return table.error();
  }
  const Result<std::string> bytes = file.read(table->begin, static_cast<std::size_t>(table->size));
  if (!bytes) {
    return bytes.error();
  }
  ByteReader reader(*bytes);
  ZipEntries entries;
  while (reader.remaining() > 0) {
    ZipEntry entry;
    const std::string name = take_entry(reader, entry);
    if (name.empty()) {
      return bad_zip("its table is damaged");
    }
    entries[name] = entry;
  }
  return entries;
}

Result<std::uint64_t> data_of_entry(const ReadableFile& file, const ZipEntry& entry) {
  const Result<std::string> header = file.read(entry.header, local_bytes);
  if (!header) {
    return header.error();
  }
  if (header->size() < local_bytes || !header->starts_with(local_mark)) {
    return bad_zip("an entry is not where its table says");
  }
  ByteReader lengths(std::string_view(*header).substr(26));
  const std::uint64_t name_length = lengths.unsigned_number("name length", 2);
  const std::uint64_t begin =
      entry.header + local_bytes + name_length + lengths.unsigned_number("extra length", 2);
  if (begin > file.size() || entry.size > file.size() - begin) {
    return bad_zip("an entry lies outside of the file");
  }
  return begin;
}

}  // namespace tarama::input
