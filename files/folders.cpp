// See folders.hpp.
#include "files/folders.hpp"

namespace tarama::files {

std::error_code make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directory(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) {
    std::filesystem::create_directory(folder.parent_path(), failure);
    if (!failure) {
      std::filesystem::create_directory(folder, failure);
    }
  }
  return failure;
}

}  // namespace tarama::files
