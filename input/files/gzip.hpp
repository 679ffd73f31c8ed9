// Files that gzip packed, unpacked in memory.
#pragma once

#include "core/sweep/result.hpp"

#include <string>
#include <string_view>

namespace tarama::input {

[[nodiscard]] bool is_gzip(std::string_view bytes);

/// Several packed parts one behind the other are one file, as for gzip itself. The message says
/// what is wrong, without a file's name: damaged, cut short, or larger than a data file may be.
[[nodiscard]] Result<std::string> unpack_gzip(std::string_view packed);

}  // namespace tarama::input
