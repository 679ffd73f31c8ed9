// What is said of a key or value that nobody knows: what was probably meant, or what there is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarama::config {

/// "; did you mean 'epochs'?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& known);

/// What to say of a key that may not stand in `section` ("" is the top of the file): where it
/// belongs if it is known elsewhere, the nearest known one, or all that may stand there.
[[nodiscard]] std::string unknown_key_message(std::string_view section, std::string_view name);

}  // namespace tarama::config
