// Numbers, durations, sizes and parameters as people read them. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::cli {

/// To five significant digits, exponents without padding: 2e-5, 0.1, 3, 0.00013895.
[[nodiscard]] std::string short_number(double value);

/// A measured value, to four significant decimals: "0.8123"; "-" for none or not finite.
[[nodiscard]] std::string metric_text(std::optional<double> value);

/// With thousands apart: 13,400.
[[nodiscard]] std::string count_text(std::int64_t count);

/// "1 run", "13,400 runs": `noun` in the singular, its plural by an s.
[[nodiscard]] std::string counted(std::int64_t count, std::string_view noun);

/// "0.4 s", "45 s", "3 min 20 s", "2 h 05 min", "3 d 4 h".
[[nodiscard]] std::string duration_text(double seconds);

/// "820 B", "12.3 MB", "1.2 GB"; powers of 1000.
[[nodiscard]] std::string bytes_text(double bytes);

/// The parameters of a level or run, given as a JSON object: "lr 2e-5 · warmup 0.1 · epochs 3".
[[nodiscard]] std::string params_line(const nlohmann::ordered_json& params);

/// A JSON value as one word: numbers by short_number, strings bare, null "-".
[[nodiscard]] std::string value_text(const nlohmann::ordered_json& value);

/// `text` as one word of a shell's command line, quoted where it must be.
[[nodiscard]] std::string shell_word(std::string_view text);

/// Reads "10s", "5m", "2h", "1d", "250ms" or a bare number of seconds; nullopt otherwise.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace tarama::cli
