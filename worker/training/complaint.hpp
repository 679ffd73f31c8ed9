// A worker's lines to standard error.
#pragma once

#include <cstdio>
#include <string>

namespace tarama {

/// What cannot be written (the disk is full, the reader is gone) is dropped. fmt::print throws
/// there, and a worker with hours of training behind it would end for want of room for a remark.
inline void complain(const std::string& line) {
  std::fputs((line + "\n").c_str(), stderr);
}

}  // namespace tarama
