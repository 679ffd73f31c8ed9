// Workers of a store that live while it has no orchestrator: found by what they were started with,
// whatever the store's rows say, and ended.
#pragma once

#include "core/sweep/ids.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tarama::orchestrator {

struct LeftWorker {
  std::int64_t pid = 0;
  WorkerId worker;
  std::string session;
  std::string device;
  std::string process;  // its identity (process_identity.hpp)

  friend bool operator==(const LeftWorker&, const LeftWorker&) = default;
};

/// Whose command line this is (arguments without the program); pid 0: of no worker of this store.
[[nodiscard]] LeftWorker worker_of(const std::vector<std::string>& arguments,
                                   const std::filesystem::path& store);

/// All that can be seen from here, by pid. Says nothing about whether an orchestrator has them.
[[nodiscard]] std::vector<LeftWorker> workers_on(const std::filesystem::path& store);

/// Asks each to save a checkpoint and to end, and kills those that have not within `limit`. Blocks.
/// Those that are left all the same: other users'.
[[nodiscard]] std::vector<LeftWorker> end_workers(const std::vector<LeftWorker>& workers,
                                                  std::chrono::milliseconds limit);

}  // namespace tarama::orchestrator
