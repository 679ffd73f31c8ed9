// The log files that worker processes leave: runs/<run>/attempt-<n>.log of the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tarama::cli {

/// The last lines of a log; empty where there is none. Reads the file's last 64 kB at most.
[[nodiscard]] std::string log_tail(const std::filesystem::path& file, std::size_t lines);

/// What the file holds from byte `offset` on, `most` bytes of it; empty at its end, nullopt where
/// it cannot be read. A log may be larger than the memory.
[[nodiscard]] std::optional<std::string> log_part(const std::filesystem::path& file,
                                                  std::int64_t offset,
                                                  std::size_t most);

}  // namespace tarama::cli
