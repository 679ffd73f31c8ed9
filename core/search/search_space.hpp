// A sweep's axes as a search that learns sees them: numbers as their share of the distribution, in
// [0, 1], whatever their unit; names as one of so many. Pure.
#pragma once

#include "core/search/drawn_values.hpp"
#include "core/search/points.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace tarama {

/// Where a value lies: of a number in the interval of shares that have it, of a name its index.
struct Coordinate {
  ShareInterval share;    // of numbers
  std::size_t index = 0;  // of names

  friend bool operator==(const Coordinate&, const Coordinate&) = default;
};

/// A coordinate for each axis; nullopt where its conditions do not hold.
using Coordinates = std::vector<std::optional<Coordinate>>;

class SearchSpace {
 public:
  explicit SearchSpace(std::vector<Axis> axes);

  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }

  /// Of listed names, or of two values or fewer, how many; 0: the axis is a scale. Three numbers
  /// and more are a scale: neighbours are alike.
  [[nodiscard]] std::size_t names(std::size_t axis) const { return names_[axis]; }

  /// Each axis behind those that its conditions name.
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }

  /// Whether the axis is active, by the values of the axes before it in `order`.
  [[nodiscard]] bool is_active(std::size_t axis, const Point& point) const;

  [[nodiscard]] ParameterValue value_at(std::size_t axis, const Coordinate& place) const;
  /// nullopt: no value of the axis.
  [[nodiscard]] std::optional<Coordinate> place_of(std::size_t axis,
                                                   const ParameterValue& value) const;

  /// The same number in the axis's own type, as a point of it has it; what is not on the axis
  /// stays.
  [[nodiscard]] ParameterValue as_listed(std::size_t axis, const ParameterValue& value) const;

  /// nullopt: not a point of this space.
  [[nodiscard]] std::optional<Coordinates> places_of(const Point& point) const;

 private:
  void set_order();

  std::vector<Axis> axes_;
  std::vector<std::size_t> names_;
  std::vector<std::vector<std::size_t>> ranked_;  // of listed numbers: the values, rising
  std::vector<std::size_t> order_;
};

}  // namespace tarama
