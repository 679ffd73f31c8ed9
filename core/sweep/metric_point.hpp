// One value of a number that a run reports, whatever reports it.
#pragma once

#include <cstdint>

namespace tarama {

struct MetricPoint {
  std::int64_t step = 0;
  double value = 0;  // may be no number

  friend bool operator==(const MetricPoint&, const MetricPoint&) = default;
};

}  // namespace tarama
