// Characters that steer a terminal or turn the direction of text around, in UTF-8. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace tarama {

/// The code point of the character at the start of `text`, where it is such a one, and how many
/// bytes it has; else 0. Controls (line ends and tabs among them), DEL, U+0080 to U+009F, marks,
/// embeddings, overrides and isolates of direction.
[[nodiscard]] unsigned steering_character(std::string_view text, std::size_t& bytes);

}  // namespace tarama
