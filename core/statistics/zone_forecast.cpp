// See zone_forecast.hpp.
#include "core/statistics/zone_forecast.hpp"

#include "core/statistics/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tarama::statistics {

ZoneForecast forecast_zone(const ZoneSuppositions& levels, const IndifferenceZone& zone) {
  const auto count = static_cast<std::int64_t>(levels.behind.size());
  if (count < 2) {
    return {.runs = count * zone.first, .runs_wanted = count * zone.first};
  }
  const double h2 = kim_nelson_h2(count, zone.first, zone.confidence);
  const auto best = std::ranges::min_element(levels.behind) - levels.behind.begin();
  ZoneForecast forecast;
  std::int64_t longest = zone.first;
  std::int64_t longest_wanted = zone.first;
  for (std::size_t i = 0; i < levels.behind.size(); ++i) {
    if (static_cast<std::ptrdiff_t>(i) == best) {
      continue;
    }
    constexpr double endless = 1e9;  // so that sums stay whole numbers
    const double until = h2 * levels.difference_variance /
                         (zone.within * (2 * std::max(levels.behind[i], 0.0) + zone.within));
    const auto wanted =
        std::max(zone.first, static_cast<std::int64_t>(std::ceil(std::min(until, endless))));
    const std::int64_t seeds = std::min(wanted, std::max(zone.first, zone.most));
    forecast.is_reached = forecast.is_reached && seeds == wanted;
    forecast.runs += seeds;
    forecast.runs_wanted += wanted;
    longest = std::max(longest, seeds);
    longest_wanted = std::max(longest_wanted, wanted);
  }
  forecast.runs += longest;
  forecast.runs_wanted += longest_wanted;
  return forecast;
}

std::vector<double> supposed_distances(std::int64_t levels, double spread) {
  const auto score = [&](std::int64_t rank) {
    return -normal_exceeded_with((static_cast<double>(rank) - 0.375) /
                                 (static_cast<double>(levels) + 0.25));
  };
  std::vector<double> behind;
  for (std::int64_t rank = levels; rank >= 1; --rank) {
    behind.push_back(spread * (score(levels) - score(rank)));
  }
  return behind;
}

}  // namespace tarama::statistics
