// Values drawn from axes: by random numbers, or by Sobol's points, which fill the space evenly
// however many are taken. Pure: a draw depends on the spec and its number alone.
#pragma once

#include "core/search/points.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <memory>

namespace tarama {

/// The value of the axis at `share`, in (0, 1), of its distribution; listed values are equally
/// likely. Numbers that are not whole have 6 significant digits.
[[nodiscard]] ParameterValue value_at_share(const Axis& axis, double share);

/// What part of (0, 1) has this value: its inverse. `at` is where the value itself lies; of numbers
/// that are not in steps all three are the same.
struct ShareInterval {
  double at = 0.5;
  double low = 0;
  double high = 1;

  friend bool operator==(const ShareInterval&, const ShareInterval&) = default;
};

/// Of an axis with a range; a number outside of it lies on its nearest end.
[[nodiscard]] ShareInterval interval_of(const DrawnRange& range, double number);

/// Points without regard to conditions, by spec.method (of `random` independent, of others Sobol's)
/// and spec.seed. Sobol's points (Joe and Kuo's numbers) are scrambled as Owen does (Randomly
/// permuted (t,m,s)-nets, 1995), so that they differ between seeds and no point lies on an edge.
class DrawnPoints {
 public:
  explicit DrawnPoints(const SweepSpec& spec);
  ~DrawnPoints();
  DrawnPoints(const DrawnPoints&) = delete;
  DrawnPoints& operator=(const DrawnPoints&) = delete;

  [[nodiscard]] Point next();

 private:
  class Shares;

  const SweepSpec& spec_;
  std::unique_ptr<Shares> shares_;
};

}  // namespace tarama
