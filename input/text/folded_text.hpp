// A text as people read it, to compare labels: what differs in case, in spaces or in invisible
// characters alone is the same. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tarama::input {

/// Lowered, canonically decomposed, without format characters, spaces of any kind as one ' '
/// between words and none at the ends.
[[nodiscard]] std::string folded_text(std::string_view text);

}  // namespace tarama::input
