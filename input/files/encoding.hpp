// Bytes of data files as text, by the encoding that the sweep names; and what the bytes themselves
// tell of theirs. Pure.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "input/files/text_file.hpp"

#include <string>
#include <string_view>

namespace tarama::input {

/// As UTF-8 without a byte order mark; never fails. latin_1: 0x80 to 0x9F are the letters of code
/// page 1252. utf_16: by its mark, else little-endian.
[[nodiscard]] Text decoded(std::string bytes, Encoding encoding);

/// By its mark, or by the zeros in it.
[[nodiscard]] bool looks_like_utf_16(std::string_view bytes);

}  // namespace tarama::input
