// In which order the pending runs of a sweep are handed out: replicate by replicate over all
// levels, so that an answer shows early; within one by the rank that the sweep's `order` gives, and
// where that is the same the longest first, so that no device is left alone with the longest run at
// the end; then by id. A run that trains the beginning of longer ones counts as early, and as long,
// as the first and the longest of them, and comes before them; where nothing else is asked for,
// these follow it before others, so that few states are kept at a time.
#pragma once

#include "core/sweep/ids.hpp"

#include <compare>
#include <cstdint>

namespace tarama {

struct RunOrder {
  std::int64_t replicate = 0;
  std::int64_t planned_steps = 0;  // of the longest run that begins as it
  RunId run;
  RunId family{};              // one number for all that begin as one another; else its own
  std::int64_t own_steps = 0;  // within the family
  double rank = 0;             // core/search/run_rank.hpp; of the first that begins as it

  friend bool operator==(const RunOrder&, const RunOrder&) = default;
};

/// Less means: earlier.
[[nodiscard]] constexpr std::strong_ordering operator<=>(const RunOrder& left,
                                                         const RunOrder& right) {
  if (const auto order = left.replicate <=> right.replicate; order != 0) {
    return order;
  }
  if (left.rank != right.rank) {
    return left.rank < right.rank ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (const auto order = right.planned_steps <=> left.planned_steps; order != 0) {
    return order;
  }
  if (const auto order = left.family.value <=> right.family.value; order != 0) {
    return order;
  }
  if (const auto order = left.own_steps <=> right.own_steps; order != 0) {
    return order;
  }
  return left.run.value <=> right.run.value;
}

}  // namespace tarama
