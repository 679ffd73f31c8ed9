// The RunStore in memory, for tests of the service: the same contract as SQLite, no file.
// tests/contract runs one suite on both.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "db/change_feed.hpp"
#include "db/run_store.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {

class MemoryStore final : public db::RunStore {
 public:
  [[nodiscard]] Result<db::StoredSweep> create_sweep(db::NewSweep sweep) override;
  [[nodiscard]] Result<db::StoredSweep> extend_sweep(SweepId sweep,
                                                     const db::NewSweep& more) override;
  [[nodiscard]] Result<void> change_rules(SweepId sweep,
                                          const SweepRules& rules,
                                          const std::string& spec) override;
  [[nodiscard]] Result<RefinementStage> begin_refinement(SweepId sweep,
                                                         const Refinement& asked,
                                                         TimePoint now) override;
  [[nodiscard]] Result<void> tell_refinement(SweepId sweep,
                                             const db::RefinementNews& news) override;
  [[nodiscard]] Result<db::SearchEvidence> evidence(SweepId sweep,
                                                    std::optional<LevelId> only) override;
  [[nodiscard]] Result<void> write_rungs(const std::vector<RungRow>& rows) override;
  [[nodiscard]] Result<std::vector<RungRow>> rungs(SweepId sweep) override;
  [[nodiscard]] Result<void> write(const std::vector<db::Write>& writes) override;
  [[nodiscard]] Result<std::vector<db::LoadedSweep>> load_open() override;
  [[nodiscard]] Result<db::StoredSweep> load_sweep(SweepId sweep) override;
  [[nodiscard]] Result<std::string> spec_of(SweepId sweep) override;
  [[nodiscard]] Result<std::optional<SweepId>> find_sweep(const std::string& identity) override;
  [[nodiscard]] Result<db::Committed> committed(RunId run) override;
  [[nodiscard]] Result<std::vector<MetricPoint>> values(RunId run,
                                                        const std::string& metric) override;
  [[nodiscard]] Result<std::vector<db::OpenSession>> open_sessions() override;
  [[nodiscard]] Result<WorkerId> last_worker() override;
  [[nodiscard]] Result<std::vector<PersistQuarantine>> quarantines() override;
  [[nodiscard]] Result<std::vector<db::Duty>> duties() override;
  [[nodiscard]] Result<std::int64_t> last_duty() override;

  // What tests look at; empty for an unknown run.
  [[nodiscard]] std::vector<StepRow> steps(RunId run) const;            // those that count, by step
  [[nodiscard]] std::vector<EvalRow> evals(RunId run) const;            // by split, then epoch
  [[nodiscard]] std::vector<ReportedRow> reported(RunId run) const;     // by name, then step
  [[nodiscard]] std::vector<Predictions> predictions(RunId run) const;  // by split, then epoch
  [[nodiscard]] std::vector<PersistAttempt> attempts(RunId run) const;  // merged, by attempt
  [[nodiscard]] std::vector<db::PersistSession> sessions() const;       // merged, by name
  [[nodiscard]] std::vector<db::ChangeRow> changes() const;             // those that are kept
  [[nodiscard]] std::vector<RefinementStage> refinements(SweepId sweep) const;  // by stage
  [[nodiscard]] std::vector<Look> looks(SweepId sweep) const;                   // as they came

 private:
  struct AttemptRows {
    PersistAttempt merged;
    bool is_known = false;  // by more than its rows: a PersistAttempt or its seconds came
    std::map<std::int64_t, StepRow> steps;
    std::map<std::pair<Split, std::int64_t>, EvalRow> evals;
    std::map<std::pair<std::string, std::int64_t>, ReportedRow> reported;  // by name and step
  };

  struct Run {
    SweepId sweep;
    RunPlan plan;
    RunRecord record;
    std::map<Attempt, AttemptRows> attempts;
    std::vector<db::PredictionRows> predictions;  // of one attempt
    std::map<std::int64_t, RungRow> rungs;
  };

  /// What belongs to no run: copied whole before a transaction.
  struct Rest {
    std::map<std::string, db::PersistSession> sessions;
    std::map<std::pair<std::string, TimePoint>, PersistQuarantine> quarantines;
    std::map<std::int64_t, db::Duty> duties;
    std::int64_t last_duty = 0;
    std::vector<db::ChangeRow> changes;
    std::int64_t last_change = 0;
  };

  /// What a transaction has touched, as it was before.
  struct Undo {
    std::map<RunId, Run> runs;
    std::map<SweepId, std::pair<SweepState, std::string>> states;  // with the pause's reason
    Rest rest;
  };

  [[nodiscard]] std::optional<double> metric_of(RunId run, const Metric& metric) const;
  [[nodiscard]] db::StoredSweep add_runs(SweepId sweep, const std::vector<RunPlan>& runs);
  void take_over(const db::NewSweep& submitted, db::StoredSweep& added);
  [[nodiscard]] db::StoredSweep whole(const db::StoredSweep& sweep) const;
  [[nodiscard]] bool is_open(const db::StoredSweep& sweep) const;
  [[nodiscard]] Result<void> apply(const db::Write& write, Undo& undo, std::set<RunId>& succeeded);
  [[nodiscard]] Result<void> apply_to_sweep(const PersistSweep& sweep, Undo& undo);
  [[nodiscard]] Result<void> apply_to_rest(const db::Write& write);
  [[nodiscard]] Result<void> add_duty(const db::Duty& duty);
  void apply_to_run(Run& run, const db::Write& write, std::set<RunId>& succeeded);
  [[nodiscard]] static bool counts(const Run& run, Attempt attempt, std::int64_t step);
  [[nodiscard]] static bool counts(const Run& run, Attempt attempt, const EvalRow& row);
  [[nodiscard]] static bool made_a_newer_one(const Run& run, Attempt attempt, const EvalRow& row);
  [[nodiscard]] db::Committed committed_of(RunId run) const;
  [[nodiscard]] bool has_metric(RunId run, const Metric& metric) const;
  static void add_predictions(Run& run, const db::PredictionRows& rows);
  void roll_back(Undo undo);

  std::map<SweepId, db::StoredSweep> sweeps_;  // without their runs
  std::map<SweepId, Metric> program_metrics_;  // of sweeps that a program trains
  std::map<std::string, SweepId> newest_by_identity_;
  std::map<RunId, Run> runs_;
  Rest rest_;
  std::map<SweepId, std::vector<RefinementStage>> refinements_;
  std::map<SweepId, std::vector<Look>> looks_;
};

}  // namespace tarama::test
