// Replicates that decide themselves: what is asked for, and what has come of it.
#pragma once

#include "core/sweep/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tarama {

/// Either `until` or `budget`.
struct Refinement {
  std::optional<double> until{};         // the level that is left is within this of the best
  std::optional<std::int64_t> budget{};  // so many further runs, where they tell most
  std::int64_t first = 5;                // seeds that every level gets before anything is decided
  std::int64_t most = 20;                // seeds that a level gets at most, of `until`
  double confidence = 0.95;              // of `until`

  friend bool operator==(const Refinement&, const Refinement&) = default;
};

/// A refinement as a sweep's rows have it. The stages of a sweep follow one another; each has an
/// error of its own.
struct RefinementStage {
  std::int64_t stage = 1;  // counts from 1 within the sweep
  Refinement asked;
  std::int64_t runs_before = 0;  // that the sweep had when it was asked for
  TimePoint asked_at{};
  std::optional<TimePoint> ended_at{};
  std::string outcome{};             // when it has ended: a clause for a person
  std::optional<LevelId> reached{};  // of `until`: the level that is within D of the best

  friend bool operator==(const RefinementStage&, const RefinementStage&) = default;
};

/// A decision to give a level no further seed, taken when it and its rivals had `seeds` in common.
struct Look {
  LevelId level;
  std::int64_t seeds = 0;

  friend bool operator==(const Look&, const Look&) = default;
};

}  // namespace tarama
