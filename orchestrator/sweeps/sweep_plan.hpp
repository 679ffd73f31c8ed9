// From a checked spec and its prepared inputs to the rows of a new sweep, or to the rows that an
// open one does not have yet. Pure: the service persists what comes out here.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"
#include "orchestrator/sweeps/prepared_summary.hpp"

#include <string>

namespace tarama::orchestrator {

/// What a client submits; not trusted to be sane.
struct Submission {
  SweepSpec spec;
  PreparedSummary prepared;
  std::string yaml;  // as written
  std::string host;
  std::string driver;  // of the GPUs; empty: none
};

/// All rows of the new sweep. `invalid_argument` where spec and prepared inputs do not fit, or no
/// worker could train a level.
[[nodiscard]] Result<db::NewSweep> plan_sweep(const Submission& submission,
                                              const std::string& learner,
                                              TimePoint now);

/// The rows of `planned` that the sweep does not have yet; within a sweep a point is its settings
/// and its seed. Levels that it has keep their ids, new ones follow. `refused` where the two
/// disagree on what holds for a whole sweep (data, metric, seed, what is kept), or where the data
/// have changed.
[[nodiscard]] Result<db::NewSweep> plan_extension(db::NewSweep planned,
                                                  const SweepSpec& extension,
                                                  const db::StoredSweep& stored);

/// `spec` with what may change when a sweep is submitted again: resources, limits, what is kept,
/// on_end.
[[nodiscard]] SweepSpec with_newest_limits(SweepSpec spec, const SweepSpec& newest);

/// The limits of `spec`, without what depends on the machine.
[[nodiscard]] SweepRules limits_of(const SweepSpec& spec);

}  // namespace tarama::orchestrator
