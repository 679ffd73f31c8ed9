// See stop_mark.hpp.
#include "cli/stop_mark.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace tarama::cli {

void mark_as_stopped(const Context& context) {
  std::ofstream(context.folder().stop_mark()) << "by `tarama stop`; the next start removes this\n";
}

bool is_marked_as_stopped(const Context& context) {
  std::error_code ignored;  // what cannot be looked at is taken for absent
  return std::filesystem::exists(context.folder().stop_mark(), ignored);
}

}  // namespace tarama::cli
