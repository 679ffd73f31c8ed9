// What tells a process from another one that gets its number later, and whether it still lives: for
// workers that an earlier orchestrator started, and for whoever ends them without one.
#pragma once

#include <cstdint>
#include <string>

namespace tarama::orchestrator {

/// Boot, namespace of process numbers, and the moment of its start; empty: there is no such
/// process.
[[nodiscard]] std::string identity_of_process(std::int64_t pid);

enum class ProcessFate {
  living,
  dead,
  unknown,  // it lives, or lived, where this process cannot see: another container
};

/// `identity` as it was when the process was started; empty: from before it was noted.
[[nodiscard]] ProcessFate fate_of_process(std::int64_t pid, const std::string& identity);

}  // namespace tarama::orchestrator
