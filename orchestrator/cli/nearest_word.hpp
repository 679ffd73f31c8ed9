// The known word that somebody most likely meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::cli {

/// The word of `known` with the fewest edits from `word` (neighbours swapped is one), if it is
/// near enough to be a slip: at most a third of its letters, at least one.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      const std::vector<std::string>& known);

}  // namespace tarama::cli
