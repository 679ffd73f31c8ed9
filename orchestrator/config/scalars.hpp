// The strict grammar of single values: what counts as a number, a whole number, a boolean or a
// duration. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::config {

enum class ScalarShape { text, whole, number, boolean };

/// How plain text reads: "3" whole, "3.0" and "1e-4" number, "true" boolean, all else text
/// ("0x10", "1_000", ".inf" and "yes" too).
[[nodiscard]] ScalarShape shape_of(std::string_view text);

/// Decimal digits with an optional sign; nothing if it is not that or beyond 63 bits.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);

/// A finite decimal number: 2, 2.5, .5, 1e-4; nothing if it is not that or too large.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// true or false, in lower case, Capitalised or UPPER case.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);

/// Whole numbers with units from large to small: 12h, 1h30m, 90s, 500ms. Nothing if it is not
/// that, is 0, or is longer than 100 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// An amount of memory in bytes: a number with a unit. K, M, G, T as Slurm and the kernel mean them
/// (powers of 1024, as KiB to TiB), KB to TB powers of 1000. Nothing if it is not that, is below a
/// byte, or is beyond 9 PB.
[[nodiscard]] std::optional<std::int64_t> parse_memory(std::string_view text);

/// What a duration in Slurm's form (1-12:00:00, 12:30:00) or ISO 8601's (PT1H30M) is here: "36h".
[[nodiscard]] std::optional<std::string> foreign_duration(std::string_view text);

/// Text from a file as a message may show it: control characters as '?', at most 60 bytes.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace tarama::config
