// See curve.hpp.
#include "documents/curves/curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarama {
namespace {

constexpr float no_number = std::numeric_limits<float>::quiet_NaN();

/// The points of the window, and one on each side.
std::pair<std::size_t, std::size_t> places_in(const Curve& curve, const CurveWindow& window) {
  const auto begin = std::ranges::lower_bound(curve.x, window.from) - curve.x.begin();
  const auto end = std::ranges::upper_bound(curve.x, window.to) - curve.x.begin();
  const auto size = static_cast<std::ptrdiff_t>(curve.size());
  return {static_cast<std::size_t>(std::max<std::ptrdiff_t>(begin - 1, 0)),
          static_cast<std::size_t>(std::min(end + 1, size))};
}

/// Which of `pieces` equal pieces of [from, to] a place is in.
std::size_t piece_at(double x, const CurveWindow& window, std::size_t pieces) {
  const double width = window.to - window.from;
  const double at = width > 0 ? (x - window.from) / width * static_cast<double>(pieces) : 0;
  return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(pieces - 1)));
}

/// The lowest and the highest of points that share a pixel.
class Extremes {
 public:
  void add(std::size_t place, float value) {
    if (std::isnan(value)) {
      return;
    }
    if (!has_any_ || value < low_value_) {
      low_ = place;
      low_value_ = value;
    }
    if (!has_any_ || value > high_value_) {
      high_ = place;
      high_value_ = value;
    }
    has_any_ = true;
  }

  void hand_to(Curve& target, const Curve& source) {
    if (has_any_) {
      const auto [first, second] = std::minmax(low_, high_);
      push(target, source, first);
      if (second != first) {
        push(target, source, second);
      }
    }
    has_any_ = false;
  }

 private:
  static void push(Curve& target, const Curve& source, std::size_t place) {
    target.x.push_back(source.x[place]);
    target.y.push_back(source.y[place]);
  }

  bool has_any_ = false;
  std::size_t low_ = 0;
  std::size_t high_ = 0;
  float low_value_ = 0;
  float high_value_ = 0;
};

Curve slice(const Curve& curve, std::size_t begin, std::size_t end) {
  const auto from = static_cast<std::ptrdiff_t>(begin);
  const auto to = static_cast<std::ptrdiff_t>(end);
  return {{curve.x.begin() + from, curve.x.begin() + to},
          {curve.y.begin() + from, curve.y.begin() + to}};
}

std::vector<float> means_in(const Curve& curve, const CurveWindow& window, std::size_t pieces) {
  std::vector<double> sums(pieces, 0);
  std::vector<std::size_t> counts(pieces, 0);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve.x[i] >= window.from && curve.x[i] <= window.to && !std::isnan(curve.y[i])) {
      const std::size_t piece = piece_at(curve.x[i], window, pieces);
      sums[piece] += static_cast<double>(curve.y[i]);
      ++counts[piece];
    }
  }
  std::vector<float> means(pieces, no_number);
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    if (counts[piece] > 0) {
      means[piece] = static_cast<float>(sums[piece] / static_cast<double>(counts[piece]));
    }
  }
  return means;
}

/// Of sorted values, between the two nearest.
float quantile(const std::vector<float>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return static_cast<float>(std::lerp(static_cast<double>(sorted[below]),
                                      static_cast<double>(sorted[above]),
                                      place - static_cast<double>(below)));
}

/// As many pieces as the longest curve has points in the window, one a pixel at most.
std::size_t pieces_for(std::span<const Curve> curves, const CurveWindow& window) {
  std::size_t most = 1;
  for (const Curve& curve : curves) {
    const auto inside = std::ranges::count_if(
        curve.x, [&](double x) { return x >= window.from && x <= window.to; });
    most = std::max(most, static_cast<std::size_t>(inside));
  }
  return std::min(most, std::max<std::size_t>(window.pixels, 1));
}

}  // namespace

Curve smoothed(const Curve& curve, double half_life) {
  if (!(half_life > 0)) {
    return curve;
  }
  const double keep = std::exp2(-1 / half_life);
  Curve result = curve;
  double mean = 0;
  double weight = 0;
  for (float& value : result.y) {
    if (!std::isnan(value)) {
      mean = keep * mean + (1 - keep) * static_cast<double>(value);
      weight = keep * weight + (1 - keep);
      value = static_cast<float>(mean / weight);
    }
  }
  return result;
}

Curve by_share(Curve curve, double steps) {
  for (double& x : curve.x) {
    x /= std::max(steps, 1.0);
  }
  return curve;
}

Curve reduced(const Curve& curve, const CurveWindow& window) {
  const auto [begin, end] = places_in(curve, window);
  const std::size_t pixels = std::max<std::size_t>(window.pixels, 1);
  if (begin >= end || end - begin <= 2 * pixels) {
    return begin < end ? slice(curve, begin, end) : Curve{};
  }
  Curve result;
  Extremes extremes;
  std::size_t pixel = piece_at(curve.x[begin], window, pixels);
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t here = piece_at(curve.x[i], window, pixels);
    if (here != pixel) {
      extremes.hand_to(result, curve);
      pixel = here;
    }
    extremes.add(i, curve.y[i]);
  }
  extremes.hand_to(result, curve);
  return result;
}

CurveBand band_of(std::span<const Curve> curves, const CurveWindow& window) {
  const std::size_t pieces = pieces_for(curves, window);
  std::vector<std::vector<float>> means;
  means.reserve(curves.size());
  for (const Curve& curve : curves) {
    means.push_back(means_in(curve, window, pieces));
  }
  CurveBand band;
  std::vector<float> here;
  const double width = (window.to - window.from) / static_cast<double>(pieces);
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    here.clear();
    for (const std::vector<float>& of_curve : means) {
      if (!std::isnan(of_curve[piece])) {
        here.push_back(of_curve[piece]);
      }
    }
    if (here.empty()) {
      continue;
    }
    std::ranges::sort(here);
    band.x.push_back(window.from + (static_cast<double>(piece) + 0.5) * width);
    band.low.push_back(quantile(here, 0.1));
    band.median.push_back(quantile(here, 0.5));
    band.high.push_back(quantile(here, 0.9));
  }
  return band;
}

std::vector<float> piece_means(const Curve& curve, double end, std::size_t pieces) {
  return means_in(curve, {.from = 0, .to = end, .pixels = pieces}, pieces);
}

}  // namespace tarama
