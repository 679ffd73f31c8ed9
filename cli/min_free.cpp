// A number with a unit.
#include "cli/min_free.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace tarama::cli {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 9> units = {{{"", 1},
                                                                       {"B", 1},
                                                                       {"KB", 1e3},
                                                                       {"MB", 1e6},
                                                                       {"GB", 1e9},
                                                                       {"TB", 1e12},
                                                                       {"MiB", 1048576.0},
                                                                       {"GiB", 1073741824.0},
                                                                       {"TiB", 1099511627776.0}}};

}  // namespace

Result<std::int64_t> parse_bytes(std::string_view text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto* const known =
      std::ranges::find_if(units, [&](const auto& one) { return one.first == unit; });
  // 2^53 bytes, 9 PB: beyond it doubles have gaps.
  if (code != std::errc{} || known == units.end() || !(number >= 0) ||
      number * known->second > 9e15) {
    return Error{
        Errc::invalid_argument,
        fmt::format("'{}' is no amount of memory: a number with MB, GB or TB (or MiB, GiB, "
                    "TiB) is wanted, e.g. 2GB",
                    text)};
  }
  return static_cast<std::int64_t>(std::llround(number * known->second));
}

Result<std::optional<std::int64_t>> min_free_of(const Context& context, const std::string& named) {
  const std::string text =
      named.empty() ? context.environment("TARAMA_MIN_FREE").value_or("") : named;
  if (text.empty()) {
    return std::optional<std::int64_t>();
  }
  const Result<std::int64_t> bytes = parse_bytes(text);
  if (!bytes) {
    return in_context(named.empty() ? "TARAMA_MIN_FREE" : "--min-free", bytes.error());
  }
  return std::optional(*bytes);
}

}  // namespace tarama::cli
