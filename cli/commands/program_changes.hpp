// Whether the program of a sweep, and what it depends on, is still what was submitted: before runs
// are queued that would all fail as bad_data.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <optional>
#include <string>

namespace tarama::cli {

/// `refused`, with what has changed and what to do, where no run of the sweep (or this one) could
/// be trained as it was submitted. Nothing of a sweep of the built-in trainer. Reads the files.
[[nodiscard]] Result<void> refuse_changed_program(const db::ReadStore& store,
                                                  SweepId sweep,
                                                  std::optional<RunId> run);

}  // namespace tarama::cli
