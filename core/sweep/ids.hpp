// Identities as types, so that a RunId cannot be passed where a WorkerId belongs.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <functional>

namespace tarama {

/// A whole number that means one thing. Store-given ids start at 1; 0 is "none".
template <class Tag>
struct Id {
  std::int64_t value = 0;

  friend auto operator<=>(const Id&, const Id&) = default;
};

using SweepId = Id<struct SweepTag>;    // one submitted YAML; unique in a store
using RunId = Id<struct RunTag>;        // one run; unique in a store, over all sweeps
using LevelId = Id<struct LevelTag>;    // one level; counted from 1 within its sweep
using WorkerId = Id<struct WorkerTag>;  // one worker process; unique within an orchestrator's life

/// The number of one execution of a run: from 1, only ever rising; 0 before the first.
using Attempt = Id<struct AttemptTag>;

[[nodiscard]] constexpr Attempt next(Attempt attempt) {
  return Attempt{attempt.value + 1};
}

/// A moment, in milliseconds since the epoch. Time is a parameter everywhere; only the edges
/// of the program read a clock.
struct TimePoint {
  std::int64_t milliseconds = 0;

  friend auto operator<=>(const TimePoint&, const TimePoint&) = default;
};

}  // namespace tarama

template <class Tag>
struct std::hash<tarama::Id<Tag>> {
  std::size_t operator()(tarama::Id<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};

template <class Tag>
struct fmt::formatter<tarama::Id<Tag>> : fmt::formatter<std::int64_t> {
  template <class Context>
  auto format(tarama::Id<Tag> id, Context& context) const {
    return fmt::formatter<std::int64_t>::format(id.value, context);
  }
};
