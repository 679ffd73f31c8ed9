// See stop_mark.hpp.
#include "cli/stop_mark.hpp"

#include <fstream>
#include <system_error>

namespace tarama::cli {

namespace {

std::filesystem::path mark_of(const Context& context) {
  return context.store() / "stopped";
}

}  // namespace

void mark_as_stopped(const Context& context) {
  std::ofstream(mark_of(context)) << "by `tarama stop`; of no meaning to later starts\n";
}

bool was_stopped_since(const Context& context, std::filesystem::file_time_type moment) {
  std::error_code failure;  // none there: nobody has
  const auto at = std::filesystem::last_write_time(mark_of(context), failure);
  return !failure && at >= moment;
}

}  // namespace tarama::cli
