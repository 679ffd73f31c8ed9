// Checks and figures of one machine, as they are said and as a file has them. For a bare machine:
// no GoogleTest.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tarama::gpu_check {

class CheckList {
 public:
  /// `work` returns what is wrong, or nothing; what it throws is wrong, too.
  void check(const std::string& name, const std::function<std::string()>& work);

  /// A figure. Whatever it throws is a check that failed.
  void measure(const std::string& name,
               const std::string& unit,
               const std::function<double()>& work);

  void say(const std::string& key, const std::string& text);

  [[nodiscard]] bool is_all_right() const { return failed_ == 0; }

  /// The whole as JSON.
  [[nodiscard]] std::string json() const;

 private:
  std::vector<std::string> facts_;
  std::vector<std::string> checks_;
  std::vector<std::string> figures_;
  int failed_ = 0;
};

}  // namespace tarama::gpu_check
