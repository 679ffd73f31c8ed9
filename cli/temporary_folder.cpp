// See temporary_folder.hpp.
#include "cli/temporary_folder.hpp"

#include <cstdlib>
#include <system_error>

namespace tarama::cli {

TemporaryFolder::TemporaryFolder(const std::string& name) {
  std::error_code problem;
  std::string made = (std::filesystem::temp_directory_path(problem) / (name + "-XXXXXX")).string();
  if (!problem && mkdtemp(made.data()) != nullptr) {
    path_ = made;
  }
}

TemporaryFolder::~TemporaryFolder() {
  remove();
}

void TemporaryFolder::remove() const {
  if (!path_.empty()) {
    std::error_code ignored;  // a leftover in the temporary folder does no harm
    std::filesystem::remove_all(path_, ignored);
  }
}

}  // namespace tarama::cli
