// Names as a message lists them: the one most like what was asked for first. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

/// "'sentence', 'label', 'id'": by edit distance from `wanted`, else in the order given; at
/// most 12 of them, and how many more there are.
[[nodiscard]] std::string listed_nearest_first(std::string_view wanted,
                                               const std::vector<std::string>& names);

}  // namespace tarama::input
