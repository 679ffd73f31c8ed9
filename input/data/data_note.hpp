// What is odd about data, told without names of files: those are not part of what the cache of
// tokenized data is found by.
#pragma once

#include <cstdint>
#include <string>

namespace tarama::input {

struct DataNote {
  std::string code;       // of the warning
  std::string key;        // of the sweep file
  std::int64_t file = 0;  // place in DataFiles::all()
  std::int64_t line = 0;  // 0: of the file as a whole
  std::string message;

  friend bool operator==(const DataNote&, const DataNote&) = default;
};

}  // namespace tarama::input
