// A note in the store that somebody has stopped its orchestrator by `tarama stop`: whoever waits
// for a sweep there is not to start another one.
#pragma once

#include "cli/context.hpp"

#include <filesystem>

namespace tarama::cli {

/// Notes it. Where it cannot be written, a `tarama run` that waits may go on by itself.
void mark_as_stopped(const Context& context);

/// Whether it was noted at that moment or later.
[[nodiscard]] bool was_stopped_since(const Context& context,
                                     std::filesystem::file_time_type moment);

}  // namespace tarama::cli
