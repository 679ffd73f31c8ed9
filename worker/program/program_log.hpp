// A program's lines on their way to its attempt's log: the first ones as they come, and of what
// comes beyond a bound the last ones, at the end. 1 GB of output is some MB of log. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace tarama::program {

struct LogBounds {
  std::size_t first = std::size_t{16} << 20;  // bytes that are written as they come
  std::size_t last = std::size_t{256} << 10;  // bytes that are kept for the end
};

class ProgramLog {
 public:
  using Say = std::function<void(const std::string& line)>;

  explicit ProgramLog(Say say, LogBounds bounds = {}) : say_(std::move(say)), bounds_(bounds) {}

  void add(std::string_view line);
  /// Of tarama's own: it is no last line of the program's.
  void add_remark(std::string_view line);
  /// What was kept for the end, behind a line that says how much is left out.
  void finish();

  /// Of all lines; for a message.
  [[nodiscard]] const std::string& last_line() const { return last_line_; }

 private:
  Say say_;
  LogBounds bounds_;
  std::size_t written_ = 0;
  std::deque<std::string> kept_;
  std::size_t kept_bytes_ = 0;
  std::size_t left_out_ = 0;  // bytes
  std::string last_line_;
};

}  // namespace tarama::program
