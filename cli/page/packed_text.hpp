// A long text within a page: short, and without a byte that means something to HTML.
#pragma once

#include <string>
#include <string_view>

namespace tarama::cli {

/// gzip in base64, as `DecompressionStream` of a browser reads it back.
[[nodiscard]] std::string packed_text(std::string_view text);

}  // namespace tarama::cli
