// How many runs Kim and Nelson's procedure is likely to take, before it runs. Pure arithmetic:
// where the mean difference of two levels would cross the procedure's boundary if it went straight.
#pragma once

#include "core/statistics/kim_nelson.hpp"

#include <cstdint>
#include <vector>

namespace tarama::statistics {

/// What is known or supposed of the levels.
struct ZoneSuppositions {
  std::vector<double> behind;      // the best, for each level; 0 for the best itself
  double difference_variance = 0;  // of two levels' values at the same seed
};

struct ZoneForecast {
  std::int64_t runs = 0;         // of all levels, the first seeds included
  bool is_reached = true;        // false: with `most` seeds several levels are likely to be left
  std::int64_t runs_wanted = 0;  // what it would take without `most`

  friend bool operator==(const ZoneForecast&, const ZoneForecast&) = default;
};

/// A level that is d behind ends after about h^2 S^2 / (D (2 d + D)) seeds (see kim_nelson.hpp),
/// the best with the last of the others.
[[nodiscard]] ZoneForecast forecast_zone(const ZoneSuppositions& levels,
                                         const IndifferenceZone& zone);

/// How far behind the best `levels` levels are, where their true means are a normal sample of this
/// spread: expected order statistics by Blom (Statistical Estimates and Transformed Beta-Variables,
/// 1958).
[[nodiscard]] std::vector<double> supposed_distances(std::int64_t levels, double spread);

}  // namespace tarama::statistics
