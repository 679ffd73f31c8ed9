// What a library's words about a device mean. CUDA's errors come as texts, and but for memory that
// ran out they poison the process's context: whatever it does on the device from then on fails.
#pragma once

#include "core/sweep/run_state.hpp"

#include <optional>
#include <string_view>

namespace tarama::training {

/// `out_of_memory` or `device_error` where the text says so; nullopt: it is about something else.
[[nodiscard]] std::optional<FailureClass> device_failure_in(std::string_view what);

}  // namespace tarama::training
