// A sweep as its rows say: what the service asks about its runs while they are scheduled. Its file
// is never expanded again to find out what exists.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/sweeps/common_beginnings.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tarama::orchestrator {

/// Every run of it is of a level of it.
class OpenSweep {
 public:
  /// `corrupt` where a run is of no level, or the spec does not decode.
  [[nodiscard]] static Result<OpenSweep> from_rows(const db::StoredSweep& stored);

  /// Takes the runs and levels of an extension, as the store gave them back.
  [[nodiscard]] Result<void> add(const db::StoredSweep& added);

  /// What holds for the whole sweep: data, metric, keep, limits, resources, on_end.
  [[nodiscard]] const SweepSpec& spec() const { return spec_; }

  /// What one of its workers needs, by its largest level, and what all levels ask of GPUs.
  [[nodiscard]] const SweepNeeds& needs() const { return needs_; }

  /// What its runs train, as far as speed and memory depend on it: sweeps that train alike have the
  /// same text.
  [[nodiscard]] std::string kinds_of_work() const;

  void set_spec(SweepSpec spec) { spec_ = std::move(spec); }

  /// Replicates that decide themselves, while that goes on.
  [[nodiscard]] const std::optional<RefinementStage>& refinement() const { return refinement_; }

  void set_refinement(std::optional<RefinementStage> stage) { refinement_ = std::move(stage); }

  /// Levels that follow from what those before have shown, while that goes on.
  [[nodiscard]] bool is_searching() const { return is_searching_; }

  void set_searching(bool is_searching) { is_searching_ = is_searching; }

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] std::int64_t planned_steps() const { return planned_steps_; }

  // Of a run of it:
  [[nodiscard]] const RunPlan& plan_of(RunId run) const { return runs_.at(run); }

  /// Its level's parameters, as JSON.
  [[nodiscard]] const std::string& params_of(RunId run) const;
  [[nodiscard]] LevelRecord level_of(RunId run) const;
  /// What a token of the run costs beside one of another run: its model's parameters.
  [[nodiscard]] double cost_of_token(RunId run) const;
  [[nodiscard]] JobSpec job(const AssignRun& assignment, db::Committed committed) const;

  /// What decides when each of these is handed out: which run of the sweep it begins as, where
  /// common beginnings are trained once, and its rank by `order`.
  void set_order(std::vector<RunRecord>& runs) const;
  /// The ranks of all its runs by `order`.
  [[nodiscard]] std::map<RunId, double> ranks() const;

  [[nodiscard]] const std::unordered_map<RunId, RunPlan>& runs() const { return runs_; }

 private:
  /// A level, with what it shares with others by pointer: a sweep may have half a million, nearly
  /// all of one model on the same data.
  struct OpenLevel {
    std::string params;
    TrainingSettings training;
    std::shared_ptr<const LevelRecord> shared;  // model, learner, numerics, inputs
  };

  [[nodiscard]] std::shared_ptr<const LevelRecord> shared_of(const LevelRecord& level);
  void take_needs(const LevelRecord& level);
  void find_beginnings();
  [[nodiscard]] double rank_of_run(RunId run) const;
  [[nodiscard]] std::optional<Beginning> whole(RunId run) const;

  std::string name_;
  SweepSpec spec_;
  std::optional<RefinementStage> refinement_;
  bool is_searching_ = false;
  std::unordered_map<LevelId, OpenLevel> levels_;
  std::vector<std::shared_ptr<const LevelRecord>> kinds_;  // those that levels share
  std::unordered_map<RunId, RunPlan> runs_;
  CommonBeginnings beginnings_;
  std::int64_t planned_steps_ = 0;
  SweepNeeds needs_;
  std::set<std::string> work_;  // see kinds_of_work
};

}  // namespace tarama::orchestrator
