// Which combinations of its axes' values a sweep tries: all of them, or some that are drawn. Pure
// and ordered: the same spec gives the same points, and a sampled sweep with more runs begins with
// those of one with fewer.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tarama {

/// A value for each axis of the spec; nullopt where the axis's conditions do not hold.
using Point = std::vector<std::optional<ParameterValue>>;

/// A search that learns begins with so many levels that are drawn: Sobol's, which fill the space.
/// Fewer tell it nothing of where good ones are; more are not chosen by what was learned.
inline constexpr std::int64_t first_levels = 10;

/// Calls `visit` with one point after the other, each once, until it returns false. A grid: the
/// last axis turns fastest. A sampled sweep: as many as max_runs allows for its replicates, fewer
/// where there are no more; of `tpe` at most first_levels. Every axis has values, or of a sampled
/// sweep a range.
void visit_points(const SweepSpec& spec, const std::function<bool(const Point&)>& visit);

/// How many points there are without conditions, at most: those of a grid exactly. Saturates at
/// int64's maximum.
[[nodiscard]] std::int64_t most_points(const SweepSpec& spec);

/// How many levels the sweep comes to have, at most, where some are chosen later.
[[nodiscard]] std::int64_t levels_in_all(const SweepSpec& spec);

/// Whether the point's value of the condition's key is one of those that it names. One on an axis
/// that has no value itself, or on a key that is no axis, does not hold.
[[nodiscard]] bool holds(const AxisCondition& condition,
                         const std::vector<Axis>& axes,
                         const Point& point);

/// Sets to nullopt what has a condition that does not hold.
void apply_conditions(const std::vector<Axis>& axes, Point& point);

}  // namespace tarama
