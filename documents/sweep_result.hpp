// The answer of a sweep with all that is shown of it: its levels ranked, the best, the tied ones
// and the cheapest of these.
#pragma once

#include "core/statistics/grid_edge.hpp"
#include "core/statistics/sweep_answer.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/stage_info.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

struct RankedLevel {
  statistics::LevelAnswer answer;
  nlohmann::ordered_json params;
  std::vector<double> values;  // the metric of each succeeded replicate
  std::vector<RunId> runs;
  std::string learner;
  std::optional<std::int64_t> numerics;  // nullopt: not known
  std::optional<double> seconds_per_run;
  std::optional<double> flops_per_run;

  [[nodiscard]] const LevelSummary& summary() const { return answer.summary; }
};

/// How many of the levels one learner, in one version of its numerics, has trained.
struct NumericsShare {
  std::string learner;
  std::optional<std::int64_t> numerics;
  std::int64_t levels = 0;
};

/// What is asked for, where it differs from the rules of the house.
struct AnswerRequest {
  statistics::ComparisonMethod method = statistics::ComparisonMethod::paired;
  double confidence = 0.95;
  statistics::AnswerDepth depth = statistics::AnswerDepth::whole;
};

struct SweepResult {
  db::SweepInfo sweep;
  AnswerRequest request;
  std::vector<RankedLevel> levels{};        // best first
  std::vector<std::size_t> tied_places{};   // in `levels`, best first
  std::optional<std::size_t> best_place{};  // in `levels`
  std::optional<std::size_t> cheapest_place{};
  statistics::Certainty certainty = statistics::Certainty::nothing;
  bool uses_pairs = false;
  std::optional<double> winner_honest{};     // as in SweepAnswer
  std::optional<double> winner_test{};       // the best level's mean on the split `test`
  std::optional<double> evaluation_error{};  // of the best's value, from the evaluation set alone
  std::vector<statistics::GridEdge> edges{};
  std::vector<db::StageInfo> stages{};  // of replicates that decide themselves

  // nullptr: there is none.
  [[nodiscard]] const RankedLevel* best() const;
  [[nodiscard]] const RankedLevel* cheapest_tied() const;
  [[nodiscard]] std::vector<const RankedLevel*> tied() const;
  [[nodiscard]] const RankedLevel* level_of(LevelId id) const;
  /// The parameters that any level has, in the order of the file: one that holds under a condition
  /// is not in all of them.
  [[nodiscard]] std::vector<std::string> parameters() const;
  /// Planned replicates are still to come, or may still be planned.
  [[nodiscard]] bool is_provisional() const;
  /// Some level has one run, where others have more.
  [[nodiscard]] bool has_single() const;
  /// By what the levels are trained, where that is not one thing for all: then their means differ
  /// by more than their parameters. Else empty.
  [[nodiscard]] std::vector<NumericsShare> numerics_mix() const;
};

/// What the store says beside the levels.
struct AnswerInputs {
  std::optional<double> majority{};  // ReadStore::majority_accuracy
};

/// Pure.
[[nodiscard]] SweepResult sweep_result_of(db::SweepInfo sweep,
                                          std::vector<db::LevelInfo> levels,
                                          const AnswerInputs& inputs,
                                          const AnswerRequest& request);

[[nodiscard]] Result<SweepResult> read_sweep_result(const db::ReadStore& store,
                                                    SweepId sweep,
                                                    const AnswerRequest& request = {});

/// "eval.flat_accuracy".
[[nodiscard]] std::string metric_name(const Metric& metric);

}  // namespace tarama
