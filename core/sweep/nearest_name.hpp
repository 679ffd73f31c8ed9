// "Did you mean": the known name nearest to one that is not known. Pure; for the messages of
// every layer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// How many insertions, deletions, replacements and swaps of neighbours lead from `from` to `to`
/// (Damerau's and Levenshtein's distance), in bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

/// The first of the nearest names, if it is near enough to be meant: at most a third of its
/// letters apart, but 1 always is; or its beginning of 3 letters or more.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      const std::vector<std::string>& known);

}  // namespace tarama
