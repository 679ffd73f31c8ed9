// See number_text.hpp.
#include "cli/text/number_text.hpp"

#include "cli/text/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::cli {

namespace {

/// "1e-05" as "1e-5".
std::string without_padding(std::string text) {
  const std::size_t exponent = text.find("e");
  if (exponent == std::string::npos) {
    return text;
  }
  std::size_t digits = exponent + 1;
  if (text[digits] == '+') {
    text.erase(digits, 1);
  } else if (text[digits] == '-') {
    ++digits;
  }
  while (text[digits] == '0' && digits + 1 < text.size()) {
    text.erase(digits, 1);
  }
  return text;
}

/// In all the digits that tell it from its neighbours, as it was written or drawn; what was
/// computed in six.
std::string whole_number_text(double value) {
  constexpr std::ptrdiff_t most_digits = 8;
  const std::string text = fmt::format("{}", value);
  const auto mantissa =
      text.begin() + static_cast<std::ptrdiff_t>(std::min(text.find('e'), text.size()));
  const auto first = std::find_if(
      text.begin(), mantissa, [](char letter) { return letter >= '1' && letter <= '9'; });
  const bool is_written = std::count_if(first, mantissa, [](char letter) {
                            return letter >= '0' && letter <= '9';
                          }) <= most_digits;
  return without_padding(is_written ? text : fmt::format("{:.6g}", value));
}

}  // namespace

std::string short_number(double value) {
  return without_padding(fmt::format("{:.5g}", value));
}

std::string metric_text(std::optional<double> value) {
  constexpr double smallest = 0.01;  // of which four decimals say enough
  constexpr double largest = 1e5;    // beyond which they say nothing
  if (!value || !std::isfinite(*value)) {
    return "-";
  }
  const double size = std::abs(*value);
  if (size >= largest) {
    return without_padding(fmt::format("{:.6g}", *value));
  }
  return size == 0 || size >= smallest ? fmt::format("{:.4f}", *value)
                                       : without_padding(fmt::format("{:#.3g}", *value));
}

std::string count_text(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first_digit = count < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first_digit + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) {
    return "-";
  }
  if (seconds < 9.95) {
    return fmt::format("{:.1f} s", std::max(0.0, seconds));
  }
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (whole < minute) {
    return fmt::format("{} s", whole);
  }
  if (whole < hour) {
    return fmt::format("{} min {:02} s", whole / minute, whole % minute);
  }
  if (whole < day) {
    return fmt::format("{} h {:02} min", whole / hour, whole % hour / minute);
  }
  return fmt::format("{} d {} h", whole / day, whole % day / hour);
}

std::string bytes_text(double bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string value_text(const nlohmann::ordered_json& value) {
  if (value.is_null()) {
    return "-";
  }
  if (value.is_number_float()) {
    return whole_number_text(value.get<double>());
  }
  return printable(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string params_line(const nlohmann::ordered_json& params) {
  std::string text;
  for (const auto& [key, value] : params.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " · ", printable(key), value_text(value));
  }
  return text;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char letter : text) {
    word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  }
  return word + "'";
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double amount = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (problem != std::errc{} || !std::isfinite(amount) || amount < 0) {
    return std::nullopt;
  }
  constexpr std::array<std::pair<std::string_view, double>, 6> units = {
      {{"", 1e3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}}};
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr double longest = 1e15;  // milliseconds: 30,000 years; more would overflow clocks
  for (const auto& [name, milliseconds] : units) {
    if (name == unit && amount * milliseconds <= longest) {
      return std::chrono::milliseconds(std::llround(amount * milliseconds));
    }
  }
  return std::nullopt;
}

}  // namespace tarama::cli
