// See data_files.hpp.
#include "input/data/data_files.hpp"

#include "input/files/encoding.hpp"
#include "input/files/gzip.hpp"
#include "input/files/pointer_file.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

namespace tarama::input {
namespace {

struct ForeignStart {
  std::string_view bytes;
  std::string_view what;
};

constexpr std::array foreign_starts = {
    ForeignStart{"PK\x03\x04",
                 "a zip archive (as .xlsx of Excel is); save it as CSV, or unpack it"},
    ForeignStart{"\xD0\xCF\x11\xE0", "a file of Excel (.xls); save it as CSV"},
    ForeignStart{"PAR1",
                 "Parquet; convert it with: python3 -c \"import sys, pandas; "
                 "pandas.read_parquet(sys.argv[1]).to_csv(sys.argv[2], index=False)\" "
                 "FILE.parquet FILE.csv"},
    ForeignStart{"ARROW1", "an Arrow file; save it as CSV or JSON Lines"},
    ForeignStart{"\x28\xB5\x2F\xFD", "packed by zstd; unpack it with: unzstd"},
    ForeignStart{"BZh", "packed by bzip2; unpack it with: bunzip2"},
    ForeignStart{"\xFD"
                 "7zXZ",
                 "packed by xz; unpack it with: unxz"},
    ForeignStart{"SQLite format 3", "a database of SQLite; export its table as CSV"}};

std::string_view foreign_kind(std::string_view bytes) {
  for (const ForeignStart& foreign : foreign_starts) {
    if (bytes.starts_with(foreign.bytes)) {
      return foreign.what;
    }
  }
  return is_web_page(bytes.substr(0, longest_pointer)) ? "a web page; download the file itself"
                                                       : "";
}

/// Whether lines end at CR and not at LF: the whole file would be one row.
bool ends_lines_at_cr(std::string_view bytes) {
  std::size_t alone = 0;
  std::size_t feeds = 0;
  for (std::size_t at = bytes.find_first_of("\r\n"); at != std::string_view::npos;
       at = bytes.find_first_of("\r\n", at + 1)) {
    const bool is_last = at + 1 == bytes.size();
    const bool is_alone = bytes[at] == '\r' && !is_last && bytes[at + 1] != '\n';
    alone += is_alone ? 1 : 0;
    feeds += bytes[at] == '\n' ? 1 : 0;
  }
  return alone > feeds;
}

/// Excel's own first line, which says at what to split.
bool names_separator(std::string_view bytes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  bytes.remove_prefix(bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
  const std::string_view line = bytes.substr(0, bytes.find_first_of("\r\n"));
  return line.size() == 5 && (line.starts_with("sep=") || line.starts_with("SEP="));
}

Error no_table(const std::string& path, std::string_view what) {
  return Error{Errc::invalid_config, fmt::format("{}: {}", path, what)};
}

std::optional<DataFile> open_for_sweep(std::string key,
                                       const std::string& path,
                                       Encoding encoding,
                                       Findings& findings) {
  const std::optional<TableFormat> format = table_format_of(path);
  Result<DataFile> file = open_data_file(key, path, format.value_or(TableFormat::tsv), encoding);
  if (!file) {
    findings.refuse(std::move(key), file.error().message);
    return std::nullopt;
  }
  if (!format) {
    findings.refuse(std::move(key),
                    fmt::format("{}: the ending of the name says what the file is; expected .tsv, "
                                ".csv or .jsonl",
                                path));
    return std::nullopt;
  }
  return std::move(*file);
}

}  // namespace

std::vector<const DataFile*> DataFiles::all() const {
  std::vector<const DataFile*> files;
  for (const DataFile& file : train) {
    files.push_back(&file);
  }
  for (const std::optional<DataFile>* const file : {&eval, &test}) {
    if (file->has_value()) {
      files.push_back(&**file);
    }
  }
  return files;
}

Result<DataFile> open_data_file(std::string key,
                                const std::string& path,
                                TableFormat format,
                                Encoding encoding) {
  Result<std::string> bytes = read_bytes(path);
  if (!bytes) {
    return bytes.error();
  }
  if (is_gzip(*bytes)) {
    bytes = unpack_gzip(*bytes);
    if (!bytes) {
      return in_context(path, bytes.error());
    }
  }
  if (const std::string_view foreign = foreign_kind(*bytes); !foreign.empty()) {
    return no_table(path, fmt::format("is {}", foreign));
  }
  if (const std::string why = why_not_of(encoding, *bytes); !why.empty()) {
    return no_table(path, why);
  }
  if (format == TableFormat::csv && names_separator(*bytes)) {
    return no_table(path,
                    "begins with Excel's line 'sep=...', which is no row; remove it (and save the "
                    "file with commas)");
  }
  if (encoding != Encoding::utf_16 && ends_lines_at_cr(*bytes)) {
    return no_table(path,
                    "its lines end at CR alone, expected LF or CRLF; convert it with: tr '\\r' "
                    "'\\n' < FILE > NEW_FILE");
  }
  return DataFile{std::move(key), path, format, std::move(*bytes)};
}

DataFiles open_data_files(const DataSpec& data, Findings& findings) {
  DataFiles files;
  std::vector<std::string> paths = {data.train};
  paths.insert(paths.end(), data.more_train.begin(), data.more_train.end());
  for (const std::string& path : paths) {
    std::optional<DataFile> file = open_for_sweep("data.train", path, data.encoding, findings);
    if (file) {
      files.train.push_back(std::move(*file));
    }
  }
  if (files.train.size() != paths.size()) {
    files.train.clear();
  }
  if (const auto* path = std::get_if<std::string>(&data.eval)) {
    files.eval = open_for_sweep("data.eval", *path, data.encoding, findings);
  }
  if (data.test) {
    files.test = open_for_sweep("data.test", *data.test, data.encoding, findings);
  }
  return files;
}

}  // namespace tarama::input
