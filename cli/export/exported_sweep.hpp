// A sweep as other programs' formats need it: its parameters as typed values, its runs with the
// times between which they were trained.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "db/sqlite/read_store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

using Parameters = std::map<std::string, ParameterValue>;

struct ExportedRun {
  db::RunInfo info;
  Parameters parameters;                // without the seed
  std::optional<TimePoint> started_at;  // of the first attempt that trained; nullopt: none has
  std::optional<TimePoint> ended_at;    // of the newest attempt; nullopt: it is under way
  std::string device;                   // of the newest attempt; empty: none
};

struct ExportedSweep {
  db::SweepInfo info;
  std::vector<Axis> axes;  // what its runs are made with, in the order in which values come
  std::vector<ExportedRun> runs;
};

/// `corrupt` where a run's parameters cannot be read.
[[nodiscard]] Result<ExportedSweep> read_for_export(const db::ReadStore& store, SweepId sweep);

}  // namespace tarama::cli
