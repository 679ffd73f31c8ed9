// See output_lines.hpp.
#include "worker/program/output_lines.hpp"

#include <algorithm>

namespace tarama::program {

void OutputLines::add(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const std::size_t room = longest_line - line_.size();
    line_.append(part.substr(0, room));
    is_whole_ = is_whole_ && part.size() <= room;
    if (end == std::string_view::npos) {
      return;
    }
    complete(take);
    bytes.remove_prefix(end + 1);
  }
}

void OutputLines::finish(const Take& take) {
  if (!line_.empty()) {
    complete(take);
  }
}

void OutputLines::complete(const Take& take) {
  std::string_view line = line_;
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  take(line, is_whole_);
  line_.clear();
  is_whole_ = true;
}

}  // namespace tarama::program
