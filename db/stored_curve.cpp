// See stored_curve.hpp.
#include "db/stored_curve.hpp"

#include "core/bytes/byte_io.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tarama::db {

namespace {

constexpr float no_step_number = std::numeric_limits<float>::quiet_NaN();

void append_float(std::string& bytes, float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>((bits >> shift) & 0xffU);
  }
}

std::string bytes_of(std::span<const float> numbers) {
  std::string bytes;
  bytes.reserve(numbers.size() * sizeof(float));
  for (const float number : numbers) {
    append_float(bytes, number);
  }
  return bytes;
}

void append_point(std::string& bytes, std::span<const float> numbers) {
  float low = no_step_number;
  float high = no_step_number;
  double sum = 0;
  std::size_t count = 0;
  for (const float number : numbers) {
    if (!std::isnan(number)) {
      low = count == 0 ? number : std::min(low, number);
      high = count == 0 ? number : std::max(high, number);
      sum += static_cast<double>(number);
      ++count;
    }
  }
  append_float(bytes, low);
  append_float(bytes, high);
  append_float(bytes,
               count == 0 ? no_step_number : static_cast<float>(sum / static_cast<double>(count)));
}

// Out of the steps themselves, not out of the layer below: a mean of means weighs a last, shorter
// point too much.
CurveLayer coarser_layer(std::span<const float> numbers, std::int64_t steps_per_point) {
  CurveLayer layer{steps_per_point, {}};
  const auto width = static_cast<std::size_t>(steps_per_point);
  for (std::size_t first = 0; first < numbers.size(); first += width) {
    append_point(layer.bytes, numbers.subspan(first, std::min(width, numbers.size() - first)));
  }
  return layer;
}

}  // namespace

std::string_view name_of(StepNumber number) {
  switch (number) {
    case StepNumber::loss:
      return "loss";
    case StepNumber::flat_accuracy:
      return "flat_accuracy";
    case StepNumber::lr:
      return "lr";
  }
  return "";
}

std::size_t bytes_per_point(std::int64_t steps_per_point) {
  return steps_per_point == 1 ? sizeof(float) : 3 * sizeof(float);
}

std::vector<CurveLayer> curve_layers(std::span<const float> numbers) {
  std::vector<CurveLayer> layers{{1, bytes_of(numbers)}};
  const auto steps = static_cast<std::int64_t>(numbers.size());
  for (std::int64_t width = points_per_coarser_point; steps / width >= fewest_layer_points;
       width *= points_per_coarser_point) {
    layers.push_back(coarser_layer(numbers, width));
  }
  return layers;
}

std::int64_t steps_per_point_for(double steps, std::size_t pixels) {
  // Two points a pixel: what shares a pixel is one line, whichever of its points it is drawn by.
  const double most = steps / (2 * static_cast<double>(std::max<std::size_t>(pixels, 1)));
  std::int64_t width = 1;
  while (static_cast<double>(width * points_per_coarser_point) <= most &&
         width < (std::int64_t{1} << 40U)) {
    width *= points_per_coarser_point;
  }
  return width;
}

void StoredCurve::append(std::string_view bytes) {
  const std::vector<float> numbers =
      as_numbers<float>(std::as_bytes(std::span(bytes.data(), bytes.size())));
  if (steps_per_point == 1) {
    mean.insert(mean.end(), numbers.begin(), numbers.end());
    return;
  }
  for (std::size_t at = 0; at + 2 < numbers.size(); at += 3) {
    low.push_back(numbers[at]);
    high.push_back(numbers[at + 1]);
    mean.push_back(numbers[at + 2]);
  }
}

}  // namespace tarama::db
