// Rungs: where a sweep's runs are compared while they train, and what was decided there. Plain
// values; core/search/rung_book.hpp says what they mean.
#pragma once

#include "core/sweep/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tarama {

/// How runs are compared. How far a run has come is counted in steps, as a program counts its own,
/// or of the built-in trainer as a share of the run's own steps.
struct Rungs {
  std::int64_t eta = 3;    // of so many that come to a rung one goes on; each rung lies eta times
                           // as far as the one before it
  double first = 1.0 / 9;  // where the first one is
  std::optional<double> end = 1.0;  // none lies there or beyond
  std::int64_t brackets = 1;        // bracket b, from 0, leaves out the first b rungs
  /// The parameter that grows from rung to rung: each rung has runs of its own, whole ones, and
  /// `first` and `end` are values of it. Empty: a run goes on from rung to rung, or is stopped.
  std::string restart{};

  friend bool operator==(const Rungs&, const Rungs&) = default;
};

/// Beyond that a bracket has next to no levels.
inline constexpr std::int64_t most_brackets = 16;

/// `freed`: the run was stopped, and has been asked for all the same; no rung stops it again.
enum class RungDecision { goes_on, stopped, freed };

/// What was decided about a run at a rung. Never decided again.
struct RungRow {
  RunId run;
  std::int64_t bracket = 0;
  std::int64_t rung = 0;   // from 0, of the sweep's first; the same ones in every bracket
  std::int64_t place = 1;  // in the order in which those of its bracket were decided, from 1
  std::int64_t step = 0;   // at which it reported the value
  double value = 0;        // may be no number
  RungDecision decision = RungDecision::goes_on;

  friend bool operator==(const RungRow&, const RungRow&) = default;
};

}  // namespace tarama
