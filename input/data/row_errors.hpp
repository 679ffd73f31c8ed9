// What is wrong with the rows of a file, without a message per row: a file of another shape
// than expected is wrong in every line.
#pragma once

#include "input/data/table.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tarama::input {

class RowErrors {
 public:
  explicit RowErrors(std::string file) : file_(std::move(file)) {}

  /// `column` as in TableError; `what` comes behind "file:line: ".
  void add(std::int64_t line, std::optional<std::size_t> column, const std::string& what);

  /// Appends the first few per column, the last of them saying how many more there are.
  void append_to(Table& table) const;

 private:
  struct Found {
    std::vector<std::string> messages;
    std::int64_t count = 0;
  };

  std::string file_;
  std::map<std::optional<std::size_t>, Found> found_;
};

}  // namespace tarama::input
