// A curve: a number of a run by its step, and what is done with curves before they are drawn. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarama {

/// Steps rise; a value that is no number is NaN.
struct Curve {
  std::vector<double> x;  // steps, or shares of the planned steps
  std::vector<float> y;

  [[nodiscard]] std::size_t size() const { return x.size(); }

  [[nodiscard]] std::size_t bytes() const {
    return x.capacity() * sizeof(double) + y.capacity() * sizeof(float);
  }

  friend bool operator==(const Curve&, const Curve&) = default;
};

/// What is looked at: `from` <= x <= `to`, drawn this many pixels wide.
struct CurveWindow {
  double from = 0;
  double to = 0;
  std::size_t pixels = 1;
};

/// Median and the quantiles 0.1 and 0.9 of several curves, at common places.
struct CurveBand {
  std::vector<double> x;
  std::vector<float> low;
  std::vector<float> median;
  std::vector<float> high;
};

/// An exponential mean whose weights halve each `half_life` points, corrected for its start, so
/// that the first points are not drawn to 0. What is no number is passed over and stays NaN. 0: as
/// it is.
[[nodiscard]] Curve smoothed(const Curve& curve, double half_life);

/// All places divided by `steps`.
[[nodiscard]] Curve by_share(Curve curve, double steps);

/// At most two points a pixel: of the points on one, the lowest and the highest, in their order, so
/// that no peak is lost. Where there are fewer, each as it is. One point on each side of the window
/// comes along, so that lines run out of the picture instead of ending in it.
[[nodiscard]] Curve reduced(const Curve& curve, const CurveWindow& window);

/// At each of at most `pixels` equal pieces of the window, over the means of the curves there. A
/// curve that has no points in a piece (a run that did not get so far) does not count there.
[[nodiscard]] CurveBand band_of(std::span<const Curve> curves, const CurveWindow& window);

/// Means over `pieces` equal pieces of [0, end), NaN where there are no numbers.
[[nodiscard]] std::vector<float> piece_means(const Curve& curve, double end, std::size_t pieces);

}  // namespace tarama
