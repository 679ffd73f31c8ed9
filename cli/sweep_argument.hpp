// How people name sweeps and runs on the command line: SWEEP, RUN, SWEEP/RUN.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <optional>
#include <string>

namespace tarama::cli {

struct Target {
  SweepId sweep;
  std::optional<RunId> run;

  friend bool operator==(const Target&, const Target&) = default;
};

/// "RUN" or "SWEEP/RUN"; `invalid_argument` for anything that is no number at its end,
/// `not_found` where the store does not have the run, or has it in another sweep.
[[nodiscard]] Result<db::RunInfo> find_run(const db::ReadStore& store, const std::string& argument);

/// "SWEEP", by id or name, or "SWEEP/RUN". A sweep whose own name holds the slash wins.
[[nodiscard]] Result<Target> find_target(const db::ReadStore& store, const std::string& argument);

}  // namespace tarama::cli
