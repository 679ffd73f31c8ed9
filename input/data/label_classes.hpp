// The classes of a data set: the distinct labels of its training data, in an order that the
// file's order has no say in. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

/// The distinct labels: by value if all are integers as they are usually written ("-1", "10",
/// not "01"), else by their bytes.
[[nodiscard]] std::vector<std::string> classes_of(const std::vector<std::string_view>& labels);

/// The place of `label` in `classes`.
[[nodiscard]] std::optional<std::int32_t> class_of(const std::vector<std::string>& classes,
                                                   std::string_view label);

}  // namespace tarama::input
