// "Did you mean": the known name nearest to one that is not known. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::config {

/// How many insertions, deletions, replacements and swaps of neighbours lead from `from` to `to`.
/// In bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

/// The first of the nearest names, if it is near enough to be meant: at most a third of its
/// letters apart, but 1 always is; or its beginning of 3 letters or more.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      const std::vector<std::string>& known);

/// "; did you mean 'epochs'?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& known);

/// What to say of a key that may not stand in `section` ("" is the top of the file): where it
/// belongs if it is known elsewhere, the nearest known one, or all that may stand there.
[[nodiscard]] std::string unknown_key_message(std::string_view section, std::string_view name);

}  // namespace tarama::config
