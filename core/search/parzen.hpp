// A density over a search space, made of points: a kernel about each, and a wide one for what was
// never seen. Pure.
#pragma once

#include "core/search/search_space.hpp"
#include "core/training/philox.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tarama {

/// A candidate: the same twice over.
struct Candidate {
  Point point;
  Coordinates places;
};

/// Kernels are products over the axes, as in Optuna's multivariate TPE: truncated normals on
/// scales, as wide as the gap to the farther neighbour on that axis, but no narrower than a
/// share of it that falls with the number of points; over steps their integrals; of names nearly
/// all on the one that was seen. Where a point has no value, its kernel is the widest. So
/// conditions need no imputation, and every candidate has a density.
class ParzenDensity {
 public:
  /// `points` in the order in which they were tried, each with a weight; `space` must outlive it.
  ParzenDensity(const SearchSpace& space,
                const std::vector<const Coordinates*>& points,
                std::vector<double> weights);

  [[nodiscard]] Candidate draw(PhiloxStream& numbers) const;
  [[nodiscard]] std::vector<double> log_density(std::span<const Candidate> candidates) const;

 private:
  /// One normal, cut off at 0 and 1.
  struct Normal {
    double middle = 0.5;
    double width = 1;
    double log_width = 0;
    double log_mass = 0;  // of what lies within
  };

  /// Of one axis, for each kernel.
  struct AxisKernels {
    std::vector<Normal> normals;     // of a scale
    std::vector<std::size_t> index;  // of names: the one that was seen; names(axis): none
    double log_seen = 0;
    double log_unseen = 0;
  };

  void set_scale(std::size_t axis, const std::vector<const Coordinates*>& points);
  void set_names(std::size_t axis, const std::vector<const Coordinates*>& points);
  [[nodiscard]] Coordinate draw_place(std::size_t axis,
                                      std::size_t kernel,
                                      PhiloxStream& numbers) const;
  void add_axis(std::size_t axis, const Coordinate& place, std::vector<double>& logs) const;

  const SearchSpace& space_;
  std::vector<double> weights_;  // the last: of the wide kernel; their sum is 1
  std::vector<double> log_weights_;
  std::vector<AxisKernels> axes_;
};

}  // namespace tarama
