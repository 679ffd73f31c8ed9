// One question to a store's orchestrator and its answer, blocking: what the CLI speaks.
#pragma once

#include "core/sweep/result.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace tarama::transport {

/// Connects to `socket` (a store's control.sock), sends the request document, waits for the
/// reply document. `not_found`: nobody listens there. `refused`: the store is another user's, who
/// is named. `timed_out`: no reply within `deadline`.
[[nodiscard]] Result<std::string> ask(const std::filesystem::path& socket,
                                      const std::string& request,
                                      std::chrono::milliseconds deadline);

}  // namespace tarama::transport
