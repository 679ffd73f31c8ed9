// What tarama would read in a data file, before any sweep names its columns: for `tarama doctor
// FILE`, the page that one shows a colleague.
#pragma once

#include "core/sweep/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tarama::input {

struct ColumnReport {
  std::string name;  // of the header, or the index
  std::int64_t distinct = 0;
  /// The commonest values with their counts, where they are few: a label's column.
  std::vector<std::pair<std::string, std::int64_t>> classes;
  /// Where they are not: how many texts have how many words, by ranges ("17-32").
  std::vector<std::pair<std::string, std::int64_t>> lengths;
};

struct DataReport {
  std::string format;  // "TSV", "CSV", "JSON Lines"
  std::int64_t rows = 0;
  bool has_header = false;  // guessed; of JSON Lines always
  std::vector<ColumnReport> columns;
  std::vector<std::string> odd;       // what looks wrong
  std::vector<std::string> problems;  // why it cannot be read
};

/// An error where the file cannot be opened at all.
[[nodiscard]] Result<DataReport> report_on_data(const std::filesystem::path& path);

}  // namespace tarama::input
