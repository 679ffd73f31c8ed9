// The RunStore in memory, for tests of the service: the same contract as SQLite, no file.
// tests/contract runs one suite on both.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tarama::db {

class MemoryStore final : public RunStore {
 public:
  [[nodiscard]] Result<StoredSweep> create_sweep(const NewSweep& sweep) override;
  [[nodiscard]] Result<StoredSweep> extend_sweep(SweepId sweep, const NewSweep& more) override;
  [[nodiscard]] Result<void> change_rules(SweepId sweep,
                                          const SweepRules& rules,
                                          const std::string& spec) override;
  [[nodiscard]] Result<void> write(const std::vector<Write>& writes) override;
  [[nodiscard]] Result<std::vector<StoredSweep>> load() override;
  [[nodiscard]] Result<Committed> committed(RunId run) override;

  // What tests look at; empty for an unknown run.
  [[nodiscard]] std::vector<StepRow> steps(RunId run) const;            // those that count, by step
  [[nodiscard]] std::vector<EvalRow> evals(RunId run) const;            // by split, then epoch
  [[nodiscard]] std::vector<PersistAttempt> attempts(RunId run) const;  // merged, by attempt

 private:
  struct AttemptRows {
    PersistAttempt merged;
    bool is_known = false;  // by more than its rows: a PersistAttempt or its seconds came
    std::map<std::int64_t, StepRow> steps;
    std::map<std::pair<Split, std::int64_t>, EvalRow> evals;
  };

  struct Run {
    SweepId sweep;
    std::int64_t planned_steps = 0;
    std::int64_t planned_evals = 0;
    StoredSweep::StoredRun ids;
    RunRecord record;
    std::map<Attempt, AttemptRows> attempts;
  };

  /// What a transaction has touched, as it was before.
  struct Undo {
    std::map<RunId, Run> runs;
    std::map<SweepId, SweepState> states;
  };

  [[nodiscard]] StoredSweep add_runs(SweepId sweep, const std::vector<NewRun>& runs);
  [[nodiscard]] Result<void> apply(const Write& write, Undo& undo, std::set<RunId>& succeeded);
  [[nodiscard]] Result<void> apply_to_run(Run& run, const Write& write, std::set<RunId>& succeeded);
  [[nodiscard]] static bool counts(const Run& run, Attempt attempt, std::int64_t step);
  [[nodiscard]] static bool counts(const Run& run, Attempt attempt, const EvalRow& row);
  [[nodiscard]] static bool made_a_newer_one(const Run& run, Attempt attempt, const EvalRow& row);
  [[nodiscard]] Committed committed_of(RunId run) const;
  void roll_back(Undo undo);

  std::map<SweepId, StoredSweep> sweeps_;  // without their runs
  std::map<RunId, Run> runs_;
};

}  // namespace tarama::db
