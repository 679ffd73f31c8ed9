// Kim and Nelson's procedure: levels get one more seed after the other until all but one are
// behind, or within an indifference zone of it. It promises a level within D of the best, which is
// another promise than the tied set's: its survivors are no tied set. Pure.
//
// Source: Kim and Nelson, A fully sequential procedure for indifference-zone selection in
// simulation, ACM TOMACS 11 (2001); with common random numbers, here the seeds.
#pragma once

#include "core/statistics/level_sample.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tarama::statistics {

struct IndifferenceZone {
  Goal goal = Goal::maximize;
  double within = 0.005;  // D > 0, in the metric's units
  double confidence = 0.95;
  std::int64_t first = 5;  // seeds before anything is dropped; at least 2, 5 advised
  std::int64_t most = 20;  // seeds that a level gets at most
};

/// h^2 = (n - 1) ((2 (1 - confidence) / (k - 1))^(-2 / (n - 1)) - 1) for k levels, n first seeds.
[[nodiscard]] double kim_nelson_h2(std::int64_t levels, std::int64_t first, double confidence);

/// A level was dropped after so many seeds.
struct DroppedLevel {
  std::size_t place = 0;  // in what was given
  std::int64_t seeds = 0;

  friend bool operator==(const DroppedLevel&, const DroppedLevel&) = default;
};

struct ZoneVerdict {
  std::vector<std::size_t> living;    // places, in order
  std::vector<DroppedLevel> dropped;  // in the order of their end
  std::int64_t seeds = 0;             // that every living level has
  /// One level is left: it is within D of the best, with the confidence asked for.
  bool is_reached = false;
  /// Not reached, and every living level has `most` seeds.
  bool is_exhausted = false;
  /// Runs that the rest is likely to take, by the differences so far, the cap not counted; 0 when
  /// reached. nullopt below `first` seeds.
  std::optional<std::int64_t> runs_to_go;
};

/// What the values say, from the first seed on: the same values give the same verdict, whatever was
/// thought before. A round is over when every living level has that many seeds in common with the
/// others.
[[nodiscard]] ZoneVerdict within_zone(const std::vector<LevelSample>& samples,
                                      const IndifferenceZone& zone);

}  // namespace tarama::statistics
