// Which runs are worth going on: asynchronous successive halving (Li et al., MLSys 2020), of the
// kind that stops runs and does not pause them, and Hyperband (Li et al., JMLR 2018) as several
// brackets of it. Pure: a decision follows from the rows of those before it, which say in which
// order they came.
#pragma once

#include "core/search/stop_rules.hpp"
#include "core/sweep/metric_point.hpp"
#include "core/sweep/rungs.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

/// Where the rungs of all brackets lie, the lowest first; at most 64. Of runs that restart these
/// are whole numbers, the last rung's an eta-th of `end`, and so on.
[[nodiscard]] std::vector<double> rung_places(const Rungs& rungs);

/// The bracket of a level by its number, from 1: about as many levels in each as cost the same
/// training at most, and these well mixed, however many levels there are.
[[nodiscard]] std::int64_t bracket_of(const Rungs& rungs, LevelId level);

/// A run that may be stopped.
struct JudgedRun {
  RunId run;
  LevelId level;
  std::int64_t planned_steps = 0;  // of a program: 0, and it counts its own steps
};

/// What has come of a sweep's rungs.
class RungBook {
 public:
  /// Of `spec`: rungs (which it has), metric.
  explicit RungBook(const SweepSpec& spec);

  /// A row as it was decided; those of one bracket and rung in the order of their places.
  void add(const RungRow& row);

  /// What is to be decided about the run now, rung by rung: at each by the first value that it
  /// reported there or beyond, but before the next rung. The last may be `stopped`. `values`: of
  /// the sweep's metric, by rising step. Takes microseconds behind 10,000 runs; nothing is kept of
  /// it: see add.
  [[nodiscard]] std::vector<RungRow> judge(const JudgedRun& run,
                                           std::span<const MetricPoint> values) const;

  /// Why the run is stopped; nullopt: it is not.
  [[nodiscard]] std::optional<StopVerdict> verdict_on(RunId run) const;

 private:
  struct Rung {
    std::vector<double> ranked;   // of all who came there, the better first
    std::vector<double> arrived;  // the same in the order of their places
  };

  struct Standing {
    std::int64_t next_rung = 0;
    bool is_freed = false;
    std::optional<RungRow> stopped;
  };

  [[nodiscard]] std::optional<std::int64_t> rung_at(const JudgedRun& run, std::int64_t step) const;
  void decide(RungRow& row, const Standing& standing) const;
  [[nodiscard]] double score_of(double value) const;
  [[nodiscard]] std::string reason_of(const RungRow& row) const;

  Rungs rungs_;
  Metric metric_;
  bool is_program_ = false;
  std::string name_;  // of the metric, for a person
  std::vector<double> places_;
  std::map<std::pair<std::int64_t, std::int64_t>, Rung> seen_;  // by bracket and rung
  std::map<RunId, Standing> standings_;
};

/// "eval.mcc" of `Metric`, as the view `metrics` names what a run reports of it.
[[nodiscard]] std::string reported_name_of(const Metric& metric);

/// How many of `arrived` go on.
[[nodiscard]] std::int64_t going_on(const Rungs& rungs, std::int64_t arrived);

/// "1/9, 1/3 of a run's own steps", "steps 1, 3, 9, 27, ...", "epochs 1, 3, then 9". The sweep has
/// rungs.
[[nodiscard]] std::string words_of_rungs(const SweepSpec& spec);

/// The share of all levels' steps that is trained, where each rung lets exactly one in eta on: of
/// the built-in trainer, and of a program that has an end.
[[nodiscard]] std::optional<double> least_share(const Rungs& rungs);

}  // namespace tarama
