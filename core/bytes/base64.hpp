// Bytes as text that may stand anywhere: letters, digits, "+", "/" and "=". Pure.
#pragma once

#include <string>
#include <string_view>

namespace tarama {

/// RFC 4648, with padding, on one line.
[[nodiscard]] std::string base64_of(std::string_view bytes);

}  // namespace tarama
