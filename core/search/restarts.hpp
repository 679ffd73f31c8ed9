// Rungs whose runs are whole ones, each on a schedule of its own: successive halving (Jamieson and
// Talwalkar, AISTATS 2016), and Hyperband (Li et al., JMLR 2018) as several brackets of it. A level
// of a rung is tried with little of a resource, as with few epochs; the best one in eta of a rung
// are tried again, from the beginning and with more of it. Pure: what it answers follows from the
// levels' values, whoever came first.
#pragma once

#include "core/search/points.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

/// The point as the sweep's level of this number, from 1, begins: with as much of the resource as
/// its bracket's first rung gives. Unchanged where no runs restart.
[[nodiscard]] Point at_first_rung(const SweepSpec& spec, const Point& point, std::size_t number);

/// A level, as its rows say.
struct RungLevel {
  LevelId level;
  std::string rest;           // its other parameters, as text; levels of one rest are tries of it
  std::int64_t resource = 0;  // one that is no rung's takes no part
  bool is_over = false;
  std::optional<double> value{};  // nullopt: none yet, or none at all
};

/// A level is tried again, with more of the resource.
struct Restart {
  LevelId of;
  std::int64_t resource = 0;

  friend bool operator==(const Restart&, const Restart&) = default;
};

struct Restarts {
  std::vector<Restart> now;   // the lowest rung first, the best of each first
  std::int64_t later = 0;     // how many more there will be, at most
  double later_resource = 0;  // of all of these
  /// None, now or later: all levels are over. Until then one that has failed may be asked for
  /// again, and be among the best.
  bool is_done = false;

  friend bool operator==(const Restarts&, const Restarts&) = default;
};

/// What is certain: a level that is among the best one in eta of its rung's whatever the rung's
/// others come to yet. Of equal values the lower LevelId is the better. What has no number is not
/// among the best; one level of a rung goes on at least, if it has a number.
[[nodiscard]] Restarts next_restarts(const Rungs& rungs,
                                     Goal goal,
                                     const std::vector<RungLevel>& levels);

/// How many of so many levels will be tried again, at most, each with how much of the resource; the
/// lowest first.
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> expected_restarts(
    const Rungs& rungs, std::int64_t levels);

}  // namespace tarama
