// Predicted classes as bytes: one coding from the training loop over checkpoints and messages to
// the store, plain enough for SQL to read. Pure.
#pragma once

#include "core/sweep/metric_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tarama {

/// Of one evaluation, in the order of its split's examples.
struct Predictions {
  std::int64_t epoch = 1;  // from 1
  Split split = Split::eval;
  std::string classes{};  // coded_classes of them

  friend bool operator==(const Predictions&, const Predictions&) = default;
};

/// Bytes of an example where the data has so many classes: 1 up to 256 of them, 2 up to 65,536,
/// else 4.
[[nodiscard]] std::size_t bytes_per_class(std::int64_t classes);

/// Each number in as many bytes, little-endian, one behind the other. Each is in [0, classes).
[[nodiscard]] std::string coded_classes(std::span<const std::int32_t> numbers,
                                        std::int64_t classes);

/// Whether the bytes are those of so many examples, each of a class that there is.
[[nodiscard]] bool are_coded_classes(std::string_view bytes,
                                     std::int64_t examples,
                                     std::int64_t classes);

}  // namespace tarama
