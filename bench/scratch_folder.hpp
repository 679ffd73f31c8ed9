// A folder of its own in the folder for temporary files, removed at its end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tarama::bench {

class ScratchFolder {
 public:
  /// Throws std::runtime_error where no folder can be made.
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tarama-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no folder could be made in " +
                               std::filesystem::temp_directory_path().string());
    }
    path_ = name;
  }

  ~ScratchFolder() {
    std::error_code ignored;  // what is left lies in the folder for temporary files
    std::filesystem::remove_all(path_, ignored);
  }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tarama::bench
