// A folder of this process alone that is gone when its owner is.
#pragma once

#include <filesystem>
#include <string>

namespace tarama::cli {

class TemporaryFolder {
 public:
  /// Below TMPDIR, else /tmp; `name` tells people whose it is.
  explicit TemporaryFolder(const std::string& name);
  /// Removes it with all that is in it.
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// What the destructor does, for a process that is about to end without one.
  void remove() const;

  /// Empty where it could not be made.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tarama::cli
