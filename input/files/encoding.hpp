// Bytes of data files as text, by the encoding that the sweep names; and what the bytes themselves
// tell of theirs. Pure.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "input/files/text_file.hpp"

#include <string>
#include <string_view>

namespace tarama::input {

/// As UTF-8 without a byte order mark; never fails. latin_1: 0x80 to 0x9F are the letters of code
/// page 1252. utf_16: by its mark, else by where its zeros are, else little-endian.
[[nodiscard]] Text decoded(std::string bytes, Encoding encoding);

/// Why bytes cannot be of the encoding that the sweep names, and what to do; empty where they may
/// be. By their mark, by the zeros in them, and by whether they are UTF-8.
[[nodiscard]] std::string why_not_of(Encoding encoding, std::string_view bytes);

}  // namespace tarama::input
