// How much room is kept free on the store's disk: the option of the commands that start an
// orchestrator.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::cli {

inline constexpr const char* min_free_help =
    "Hand nothing out while the store's disk has less room than this (500MB, 2GB; 0: never mind); "
    "default: $TARAMA_MIN_FREE, else 1GB, or a twentieth of a small disk";

/// "500MB", "1.5GB", "2GiB", a number of bytes. `invalid_argument` for anything else.
[[nodiscard]] Result<std::int64_t> parse_bytes(std::string_view text);

/// `named` (--min-free), else TARAMA_MIN_FREE, in bytes; nullopt: neither.
[[nodiscard]] Result<std::optional<std::int64_t>> min_free_of(const Context& context,
                                                              const std::string& named);

}  // namespace tarama::cli
