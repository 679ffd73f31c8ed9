// The data files of a sweep as they were opened, each once: what is hashed is what is read. What is
// no table of text (an archive, a page, another encoding) is told here, with the remedy.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "input/data/table.hpp"
#include "input/files/findings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct DataFile {
  std::string key;  // of the sweep file: "data.train"
  std::string path;
  TableFormat format = TableFormat::tsv;
  std::string bytes;  // unpacked
};

struct DataFiles {
  std::vector<DataFile> train;   // empty where one of them cannot be opened
  std::optional<DataFile> eval;  // none as well where a share is split off train
  std::optional<DataFile> test;

  /// train, eval, test; those that are there. Notes count in it.
  [[nodiscard]] std::vector<const DataFile*> all() const;
};

/// A file that cannot be opened is none, and a problem. All files are tried.
[[nodiscard]] DataFiles open_data_files(const DataSpec& data, Findings& findings);

/// One file, for a key of the sweep file or an argument of a command.
[[nodiscard]] Result<DataFile> open_data_file(std::string key,
                                              const std::string& path,
                                              TableFormat format,
                                              Encoding encoding);

}  // namespace tarama::input
