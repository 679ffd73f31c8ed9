// What a program's numbers depend on, as far as its sweep's file says: its arguments, its folder,
// the files that arguments name, and its inputs. Made where a sweep is submitted, and again before
// each run, so that a script that was edited in between is found out.
#pragma once

#include "core/sweep/program_spec.hpp"
#include "core/sweep/result.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tarama::files {

/// The files that arguments without parameters name, from the program's folder: its script, mostly.
[[nodiscard]] std::vector<std::filesystem::path> named_files(const ProgramSpec& program);

/// Remembers what it has read by the files' sizes and times, so that a run in a row of many costs a
/// look at each file alone. For any thread.
class ProgramFingerprints {
 public:
  /// 32 hexadecimal digits. `io` with the path where something cannot be read.
  [[nodiscard]] Result<std::string> of(const ProgramSpec& program);

 private:
  [[nodiscard]] Result<std::string> of_path(const std::filesystem::path& path);

  std::mutex mutex_;                          // of the next
  std::map<std::string, std::string> known_;  // by path and the files' sizes and times
};

}  // namespace tarama::files
