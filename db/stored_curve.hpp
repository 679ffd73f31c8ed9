// A succeeded run's numbers by step, as the store keeps them for pictures: beside the rows, which
// are a hundred times as slow to read. Each step's number, and of long runs layers above it, each
// point of which stands for many steps, so that a picture of a million steps reads about as many
// points as it has pixels. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::db {

/// What is kept of each step.
enum class StepNumber { loss, flat_accuracy, lr };

inline constexpr StepNumber step_numbers[] = {
    StepNumber::loss, StepNumber::flat_accuracy, StepNumber::lr};

/// As the column of the view `steps` is called.
[[nodiscard]] std::string_view name_of(StepNumber number);

// Of shorter runs nothing is kept: 300 of them are read row by row in less than a tenth of a
// second, and a sweep of many small runs pays nothing.
inline constexpr std::int64_t fewest_curve_steps = 64;
// A point of each layer stands for so many of the one below.
inline constexpr std::int64_t points_per_coarser_point = 16;
// A layer of fewer points than a picture has pixels would not be drawn.
inline constexpr std::int64_t fewest_layer_points = 1024;
// In one row of the table: a part of a long curve is read without the rest.
inline constexpr std::int64_t curve_points_per_row = 4096;

/// Little-endian 32-bit floats: a number a step, or of each point the least, the greatest and the
/// mean of its steps; NaN where there is no number.
struct CurveLayer {
  std::int64_t steps_per_point = 1;
  std::string bytes;
};

[[nodiscard]] std::size_t bytes_per_point(std::int64_t steps_per_point);

/// Of the numbers of steps 0, 1, 2, ...; the finest first.
[[nodiscard]] std::vector<CurveLayer> curve_layers(std::span<const float> numbers);

/// What a picture needs of a curve.
struct CurvePart {
  std::int64_t from = 0;  // steps; a point on each side comes along, and more may
  std::int64_t to = INT64_MAX;
  std::int64_t most_steps_per_point = 1;
};

/// The coarsest layer that a picture of `steps` steps and so many pixels does not show.
[[nodiscard]] std::int64_t steps_per_point_for(double steps, std::size_t pixels);

/// A part as it was read.
struct StoredCurve {
  std::int64_t steps_per_point = 1;
  std::int64_t first_step = 0;
  std::vector<float> mean;  // where a point is a step: its number
  std::vector<float> low;   // and `high`: empty where a point is a step
  std::vector<float> high;

  /// Bytes of the layer that follow on what is there.
  void append(std::string_view bytes);
};

}  // namespace tarama::db
