// A program's output as lines, whatever it prints: of a line without an end only so much is kept.
// Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tarama::program {

// The longest line of numbers that anybody reports is some kB; a line of a progress bar, which
// never ends, is some MB.
inline constexpr std::size_t longest_line = std::size_t{1} << 20;

class OutputLines {
 public:
  /// Without its line end, "\r\n" included. A longer line comes cut, and is told as such.
  using Take = std::function<void(std::string_view line, bool is_whole)>;

  void add(std::string_view bytes, const Take& take);
  /// What came behind the last line end.
  void finish(const Take& take);

  /// Of the line whose end has not come yet: how long it is so far.
  [[nodiscard]] std::size_t open_bytes() const { return line_.size(); }

  /// ... and whether all of it is kept.
  [[nodiscard]] bool is_open_line_whole() const { return is_whole_; }

 private:
  void complete(const Take& take);

  std::string line_;
  bool is_whole_ = true;
};

}  // namespace tarama::program
