// From shares of a distribution to values.
#include "core/search/drawn_values.hpp"

#include "core/statistics/distributions.hpp"
#include "core/training/philox.hpp"

#include <boost/random/sobol.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tarama {

namespace {

using SobolEngine = boost::random::sobol;

/// In 6 digits: nobody tells rates apart beyond that, and everybody reads them.
double readable(double value) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(
      text.data(), text.data() + text.size(), value, std::chars_format::scientific, 5);
  std::from_chars(text.data(), written.ptr, value);
  return value;
}

/// The standard normal's value below which `share` lies.
double normal_at(double share) {
  return share > 0.5 ? statistics::normal_exceeded_with(1 - share)
                     : -statistics::normal_exceeded_with(share);
}

/// Between the bounds, before it is rounded.
double number_at(const DrawnRange& range, double share) {
  switch (range.distribution) {
    case Distribution::uniform:
      return range.min + (range.max - range.min) * share;
    case Distribution::log_uniform:
      return std::exp(std::log(range.min) + (std::log(range.max) - std::log(range.min)) * share);
    case Distribution::normal: {
      const double low = statistics::normal_below((range.min - range.mu) / range.sigma);
      const double high = statistics::normal_below((range.max - range.mu) / range.sigma);
      return range.mu + range.sigma * normal_at(low + (high - low) * share);
    }
  }
  return range.min;
}

/// As likely at the bounds as between them: the range is half a step wider at each.
DrawnRange widened(DrawnRange range, double step) {
  if (range.distribution == Distribution::uniform) {
    range.min -= step / 2;
    range.max += step / 2;
  }
  return range;
}

/// The share below `number`, which is between the bounds.
double share_below(const DrawnRange& range, double number) {
  const auto part = [](double low, double at, double high) {
    return high > low ? std::clamp((at - low) / (high - low), 0.0, 1.0) : 0.5;
  };
  switch (range.distribution) {
    case Distribution::uniform:
      return part(range.min, number, range.max);
    case Distribution::log_uniform:
      return number > 0 ? part(std::log(range.min), std::log(number), std::log(range.max)) : 0;
    case Distribution::normal:
      return part(statistics::normal_below((range.min - range.mu) / range.sigma),
                  statistics::normal_below((number - range.mu) / range.sigma),
                  statistics::normal_below((range.max - range.mu) / range.sigma));
  }
  return 0.5;
}

/// A range in steps: which is the lowest and highest of them, and what is drawn before rounding.
struct Steps {
  double step = 0;  // 0: none
  double lowest = 0;
  double highest = 0;
  DrawnRange drawn{};
};

Steps steps_of(const DrawnRange& range) {
  Steps steps{.step = range.q > 0 ? range.q : range.is_whole ? 1.0 : 0.0, .drawn = range};
  if (steps.step > 0) {
    steps.lowest = std::ceil(range.min / steps.step - 1e-9) * steps.step;
    steps.highest = std::floor(range.max / steps.step + 1e-9) * steps.step;
    if (range.distribution == Distribution::uniform) {
      steps.drawn.min = steps.lowest;
      steps.drawn.max = steps.highest;
      steps.drawn = widened(steps.drawn, steps.step);
    }
  }
  return steps;
}

ParameterValue drawn_number(const DrawnRange& range, double share) {
  const Steps steps = steps_of(range);
  if (steps.step == 0) {
    return std::clamp(readable(number_at(range, share)), range.min, range.max);
  }
  const double number = std::round(number_at(steps.drawn, share) / steps.step) * steps.step;
  const double held = std::clamp(number, steps.lowest, steps.highest);
  if (range.is_whole) {
    return static_cast<std::int64_t>(std::llround(held));
  }
  return held == 0 ? 0.0 : readable(held);  // and no -0
}

/// Owen's scrambling: each digit is flipped or not by those before it.
std::uint64_t scrambled(std::uint64_t point, std::int64_t seed, std::int64_t axis) {
  constexpr int digits = 32;  // 2^32 points have each a place of their own
  std::uint64_t result = 0;
  for (int digit = 0; digit < digits; ++digit) {
    const std::uint64_t before = digit == 0 ? 0 : point >> (64 - digit);
    // The place of a node of the tree of digits: level by level.
    const std::uint64_t node = (std::uint64_t{1} << digit) | before;
    const std::uint32_t word =
        philox4x32({static_cast<std::uint32_t>(node),
                    static_cast<std::uint32_t>(node >> 32),
                    static_cast<std::uint32_t>(axis),
                    static_cast<std::uint32_t>(Place::scrambled_points) << 16},
                   key_of(seed))[0];
    const std::uint64_t bit = (point >> (63 - digit)) & 1;
    result |= (bit ^ (word & 1)) << (63 - digit);
  }
  return result;
}

}  // namespace

ParameterValue value_at_share(const Axis& axis, double share) {
  if (axis.drawn) {
    return drawn_number(*axis.drawn, share);
  }
  const auto count = static_cast<double>(axis.values.size());
  const auto index = static_cast<std::size_t>(share * count);
  return axis.values[std::min(index, axis.values.size() - 1)];
}

ShareInterval interval_of(const DrawnRange& range, double number) {
  const Steps steps = steps_of(range);
  const double at = share_below(steps.drawn, number);
  if (steps.step == 0) {
    return {at, at, at};
  }
  const double half = steps.step / 2;
  // The outermost have all that is left beside them.
  return {at,
          number - half < steps.lowest ? 0 : share_below(steps.drawn, number - half),
          number + half > steps.highest ? 1 : share_below(steps.drawn, number + half)};
}

/// A share for each axis, draw after draw.
class DrawnPoints::Shares {
 public:
  explicit Shares(const SweepSpec& spec) : seed_(spec.seed), axes_(spec.parameters.size()) {
    if (spec.method != Method::random) {
      points_ = std::make_unique<SobolEngine>(std::max<std::size_t>(axes_, 1));
    }
  }

  void next(std::vector<double>& shares) {
    PhiloxStream numbers({.seed = seed_, .place = Place::drawn_levels, .step = draw_++});
    for (std::size_t axis = 0; axis < axes_; ++axis) {
      shares[axis] =
          points_ == nullptr
              ? numbers.uniform()
              : share_of(scrambled((*points_)(), seed_, static_cast<std::int64_t>(axis)));
    }
  }

 private:
  /// The middle of one of 2^32 parts.
  static double share_of(std::uint64_t point) {
    return (static_cast<double>(point >> 32) + 0.5) / 4294967296.0;
  }

  std::int64_t seed_;
  std::size_t axes_;
  std::int64_t draw_ = 0;
  std::unique_ptr<SobolEngine> points_;
};

DrawnPoints::DrawnPoints(const SweepSpec& spec)
    : spec_(spec), shares_(std::make_unique<Shares>(spec)) {}

DrawnPoints::~DrawnPoints() = default;

Point DrawnPoints::next() {
  std::vector<double> shares(spec_.parameters.size());
  shares_->next(shares);
  Point point;
  for (std::size_t axis = 0; axis < shares.size(); ++axis) {
    point.emplace_back(value_at_share(spec_.parameters[axis], shares[axis]));
  }
  return point;
}

}  // namespace tarama
