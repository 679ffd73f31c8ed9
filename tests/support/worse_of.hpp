// The larger of two errors, where none may hide one that is not a number: std::max and comparisons
// forget a NaN at the next number.
#pragma once

#include <cmath>

namespace tarama::test {

/// NaN if either is.
[[nodiscard]] inline double worse_of(double a, double b) {
  return std::isnan(a) || a >= b ? a : b;
}

}  // namespace tarama::test
