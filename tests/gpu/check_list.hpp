// Checks and figures of one machine, as they are said and as a file has them. The file is written
// anew with each of them, so that it tells what there is, and what was at work, where a driver
// hangs or the program is killed. For a bare machine: no GoogleTest.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tarama::gpu_check {

class CheckList {
 public:
  /// `file` may be empty: none is written.
  explicit CheckList(std::string file = {}) : file_(std::move(file)) {}

  /// `work` returns what is wrong, or nothing; what it throws is wrong, too.
  void check(const std::string& name, const std::function<std::string()>& work);

  /// A figure. Whatever it throws is a check that failed.
  void measure(const std::string& name,
               const std::string& unit,
               const std::function<double()>& work);

  void say(const std::string& key, const std::string& text);

  /// Nothing follows.
  void finish();

  /// Of checks and figures, and of the file.
  [[nodiscard]] bool is_all_right() const { return failed_ == 0 && !is_unwritten_; }

  /// The whole as JSON.
  [[nodiscard]] std::string json() const;

 private:
  void begin(const std::string& name);
  void write();

  std::string file_;
  std::string running_;  // empty: nothing
  bool is_complete_ = false;
  bool is_unwritten_ = false;  // the file
  std::vector<std::string> facts_;
  std::vector<std::string> checks_;
  std::vector<std::string> figures_;
  int failed_ = 0;
};

}  // namespace tarama::gpu_check
