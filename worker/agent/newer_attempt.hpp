// Whether a run has gone on without this attempt. A worker that was given up on (stopped for long,
// or out of reach) may wake while a newer attempt trains: it must not touch what that one keeps.
#pragma once

#include "core/sweep/ids.hpp"

#include <filesystem>

namespace tarama {

/// Whether an attempt with a higher number has begun: each opens its log before anything else.
[[nodiscard]] bool has_newer_attempt(const std::filesystem::path& store,
                                     RunId run,
                                     Attempt attempt);

}  // namespace tarama
