// In which order the pending runs of a sweep are handed out: replicate by replicate over all
// levels, so that an answer shows early; within one the longest first, so that no device is left
// alone with the longest run at the end; then by id. A run that trains the beginning of longer ones
// counts as long as the longest of them, and comes before them; these follow it before others, so
// that few states are kept at a time.
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

  friend bool operator==(const RunOrder&, const RunOrder&) = default;
};

/// Less means: earlier.
[[nodiscard]] constexpr std::strong_ordering operator<=>(const RunOrder& left,
                                                         const RunOrder& right) {
  if (const auto order = left.replicate <=> right.replicate; order != 0) {
    return order;
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
