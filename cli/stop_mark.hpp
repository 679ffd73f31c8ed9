// A note in the store that somebody has stopped its orchestrator by `tarama stop`: whoever waits
// for a sweep there is not to start another one. Each start of an orchestrator removes it, so that
// no clock has to tell an old note from a new one.
#pragma once

#include "cli/context.hpp"

namespace tarama::cli {

/// Notes it. Where it cannot be written, a `tarama run` that waits may go on by itself.
void mark_as_stopped(const Context& context);

/// Whether it was noted since the latest orchestrator's start.
[[nodiscard]] bool is_marked_as_stopped(const Context& context);

}  // namespace tarama::cli
