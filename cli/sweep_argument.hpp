// How people name sweeps and runs on the command line: SWEEP, RUN, SWEEP/RUN, SWEEP/best.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <optional>
#include <string>

namespace tarama::cli {

/// What the options SWEEP and RUN say of themselves in the help of commands that read.
inline constexpr const char* sweep_help =
    "The sweep's id, name or a beginning of it, or last; default: the newest";
inline constexpr const char* run_help =
    "The run's number, SWEEP/RUN or SWEEP/best; of a SWEEP alone its best run; default: of the "
    "newest sweep";

struct Target {
  SweepId sweep;
  std::optional<RunId> run;

  friend bool operator==(const Target&, const Target&) = default;
};

/// "RUN", "SWEEP/RUN" or "SWEEP/best", the first run of the best level; `invalid_argument` for
/// anything else, `not_found` where the store does not have the run, or has it in another sweep, or
/// where no level has a result yet.
[[nodiscard]] Result<db::RunInfo> find_run(const db::ReadStore& store, const std::string& argument);

/// For commands that only read: find_run, and beside it "SWEEP", which is its best run, or before
/// there is a result the one that runs, has failed, or comes first. Empty: of the newest sweep.
[[nodiscard]] Result<db::RunInfo> find_run_to_read(const db::ReadStore& store,
                                                   const std::string& argument);

/// "SWEEP", by id or name, or a run of it as find_run takes it. A sweep whose own name holds the
/// slash wins.
[[nodiscard]] Result<Target> find_target(const db::ReadStore& store, const std::string& argument);

}  // namespace tarama::cli
