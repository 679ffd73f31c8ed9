// See program_log.hpp.
#include "worker/program/program_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace tarama::program {

namespace {

constexpr std::size_t longest_last_line = 300;  // a sentence or two

}  // namespace

void ProgramLog::add(std::string_view line) {
  if (line.find_first_not_of(" \t") != std::string_view::npos) {
    last_line_ = line.substr(0, longest_last_line);
  }
  add_remark(line);
}

void ProgramLog::add_remark(std::string_view line) {
  if (written_ + line.size() + 1 <= bounds_.first) {
    written_ += line.size() + 1;
    say_(std::string(line));
    return;
  }
  written_ = bounds_.first;  // from here on all lines are beyond it: none is out of its order
  kept_.emplace_back(line.substr(0, bounds_.last));
  kept_bytes_ += kept_.back().size() + 1;
  while (kept_bytes_ > bounds_.last && kept_.size() > 1) {
    kept_bytes_ -= kept_.front().size() + 1;
    left_out_ += kept_.front().size() + 1;
    kept_.pop_front();
  }
}

void ProgramLog::finish() {
  if (left_out_ > 0) {
    say_(fmt::format("[tarama: {} bytes of output are left out here]", left_out_));
  }
  for (const std::string& line : kept_) {
    say_(line);
  }
  kept_.clear();
  kept_bytes_ = 0;
}

}  // namespace tarama::program
