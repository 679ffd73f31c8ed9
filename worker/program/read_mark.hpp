// Up to where a program's reports are read and stored, so that another process can read on where
// this one was killed. A small file beside the attempt's log.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/program/metric_lines.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace tarama::program {

struct ReadMark {
  // Of a file of lines:
  std::int64_t offset = 0;
  bool is_within_line = false;  // of one that is too long to be a report: its rest is none either
  LinesBefore before{};
  // Of event files, by their paths below the folder:
  std::map<std::string, std::int64_t> files{};
};

/// There whole or not at all, for other processes.
[[nodiscard]] Result<void> write_mark(const std::filesystem::path& path, const ReadMark& mark);

/// `not_found` where there is none; `corrupt`, which no process of ours leaves.
[[nodiscard]] Result<ReadMark> read_mark(const std::filesystem::path& path);

}  // namespace tarama::program
