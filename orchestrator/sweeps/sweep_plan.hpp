// From a checked spec and its prepared inputs to the rows of a new sweep, and from a stored sweep
// to the jobs of its runs. Pure: the service persists and sends what comes out here.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/sweeps/prepared_summary.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace tarama::orchestrator {

/// What a client submits.
struct Submission {
  SweepSpec spec;
  PreparedSummary prepared;
  std::string yaml;  // as written
  std::string host;
  std::string driver;  // of the GPUs; empty: none
};

/// All rows of the new sweep. `invalid_argument` where spec and prepared inputs do not fit.
[[nodiscard]] Result<db::NewSweep> plan_sweep(const Submission& submission,
                                              const std::string& trainer,
                                              TimePoint now);

/// `spec` with what may change when a sweep is submitted again: resources, limits, what is kept,
/// on_end. The grid stays as it was first written: runs refer to its levels by number.
[[nodiscard]] SweepSpec with_newest_limits(SweepSpec spec, const SweepSpec& newest);

[[nodiscard]] SweepRules rules_of(const SweepSpec& spec, const std::vector<Place>& places);

/// A stored sweep, decoded once: what the service asks about runs while they are scheduled.
class SweepBook {
 public:
  [[nodiscard]] static Result<SweepBook> open(const db::StoredSweep& stored);

  [[nodiscard]] const SweepSpec& spec() const { return spec_; }

  [[nodiscard]] const std::string& identity() const { return identity_; }

  [[nodiscard]] std::int64_t planned_steps() const { return planned_steps_; }

  [[nodiscard]] std::int64_t steps_of(RunId run) const;
  [[nodiscard]] std::int64_t seed_of(RunId run) const;
  [[nodiscard]] const LevelParams& params_of(RunId run) const;
  [[nodiscard]] JobSpec job(RunId run, Attempt attempt, db::Committed committed) const;

  void set_spec(const SweepSpec& spec) { spec_ = spec; }

 private:
  [[nodiscard]] const Level& level_of(const db::StoredSweep::StoredRun& run) const;
  [[nodiscard]] const PreparedVariant& variant_of(LevelId level) const;

  SweepSpec spec_;
  PreparedSummary prepared_;
  std::vector<Level> levels_;
  std::unordered_map<RunId, db::StoredSweep::StoredRun> runs_;
  std::string identity_;
  std::int64_t planned_steps_ = 0;
};

}  // namespace tarama::orchestrator
