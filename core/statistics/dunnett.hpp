// Dunnett's one-sided distribution: the largest of m correlated t values that compare m levels with
// one control. By numerical integration, without tables or random numbers.
//
// Source: Dunnett, A multiple comparison procedure for comparing several treatments with a control,
// JASA 50 (1955); the integral as in Hsu, Multiple Comparisons (1996), p. 56 and 94:
//   P(max T <= c) = int chi(u) int phi(z) prod_j Phi((c u + l_j z) / sqrt(1 - l_j^2)) dz du,
//   l_j = sqrt(n_j / (n_j + n_control)).
#pragma once

#include <cstdint>
#include <vector>

namespace tarama::statistics {

/// Runs of the control, and of each level that is held against it.
struct DunnettDesign {
  std::int64_t control_runs = 1;
  std::vector<std::int64_t> rival_runs;
  double df = 1;  // of the pooled spread; infinite: it is known

  friend bool operator==(const DunnettDesign&, const DunnettDesign&) = default;
};

/// P(every T is at most c).
[[nodiscard]] double dunnett_below(double c, const DunnettDesign& design);

/// The c that the largest T exceeds with probability `tail`, to 1e-9; 0 < tail < 1/2.
[[nodiscard]] double dunnett_exceeded_with(double tail, const DunnettDesign& design);

}  // namespace tarama::statistics
