// The grammar of single values. std::from_chars does the arithmetic; what it would accept beyond
// decimal numbers (inf, nan) is refused first.
#include "orchestrator/config/scalars.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace tarama::config {

namespace {

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

/// Takes the leading digits off `text` and says how many there were.
std::size_t skip_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool skip_any_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// Whether the digits start with a 0 that is not all there is: octal to some readers of YAML.
bool has_leading_zero(std::string_view digits) {
  return digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]);
}

bool is_decimal(std::string_view text) {
  skip_any_of(text, "+-");
  if (has_leading_zero(text)) {
    return false;
  }
  std::size_t digits = skip_digits(text);
  if (skip_any_of(text, ".")) {
    digits += skip_digits(text);
  }
  if (digits == 0) {
    return false;
  }
  if (skip_any_of(text, "eE")) {
    skip_any_of(text, "+-");
    if (skip_digits(text) == 0) {
      return false;
    }
  }
  return text.empty();
}

bool is_whole(std::string_view text) {
  skip_any_of(text, "+-");
  return !has_leading_zero(text) && skip_digits(text) > 0 && text.empty();
}

/// from_chars takes no plus sign.
std::string_view without_plus(std::string_view text) {
  return text.substr(text.starts_with('+') ? 1 : 0);
}

struct DurationUnit {
  std::string_view name;
  std::int64_t milliseconds;
};

// "ms" before "m", which it starts with.
constexpr std::array duration_units = {DurationUnit{"h", 3'600'000},
                                       DurationUnit{"ms", 1},
                                       DurationUnit{"m", 60'000},
                                       DurationUnit{"s", 1'000}};

// 100 years: far above any run, far below what overflows when it is added to a clock.
constexpr std::int64_t longest_duration = 100LL * 366 * 24 * 3'600'000;

/// Takes one "30m" off `text`; 0 if there is none or it is too long.
std::int64_t skip_duration_part(std::string_view& text, std::int64_t& previous_unit) {
  const std::string_view number = text.substr(0, text.find_first_not_of("0123456789"));
  const std::optional<std::int64_t> count = parse_whole(number);
  if (!count) {
    return 0;
  }
  text.remove_prefix(number.size());
  for (const DurationUnit& unit : duration_units) {
    if (text.starts_with(unit.name) && unit.milliseconds < previous_unit &&
        *count <= longest_duration / unit.milliseconds) {
      text.remove_prefix(unit.name.size());
      previous_unit = unit.milliseconds;
      return *count * unit.milliseconds;
    }
  }
  return 0;
}

/// A duration as we write it; nothing for none, and for one too long.
std::optional<std::string> duration_text(std::int64_t seconds) {
  if (seconds <= 0 || seconds > longest_duration / 1000) {
    return std::nullopt;
  }
  const auto part = [](std::int64_t count, const char* unit) {
    return count == 0 ? "" : std::to_string(count) + unit;
  };
  return part(seconds / 3600, "h") + part(seconds / 60 % 60, "m") + part(seconds % 60, "s");
}

// Six digits: no overflow whatever is added up.
std::optional<std::int64_t> short_whole(std::string_view digits) {
  const bool is_short =
      !digits.empty() && digits.size() <= 6 && std::all_of(digits.begin(), digits.end(), is_digit);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return is_short ? std::optional(value) : std::nullopt;
}

/// D-HH:MM:SS, D-HH, HH:MM:SS, MM:SS: as Slurm reads them.
std::optional<std::int64_t> slurm_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const std::size_t dash = text.find('-');
  const bool has_days = dash != std::string_view::npos;
  if (has_days) {
    const auto days = short_whole(text.substr(0, dash));
    if (!days) {
      return std::nullopt;
    }
    seconds = *days * 86'400;
    text.remove_prefix(dash + 1);
  }
  std::vector<std::int64_t> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t colon = std::min(text.find(':', from), text.size());
    const auto part = short_whole(text.substr(from, colon - from));
    if (!part || parts.size() == 3) {
      return std::nullopt;
    }
    parts.push_back(*part);
    from = colon + 1;
  }
  if (!has_days && parts.size() < 2) {
    return std::nullopt;  // a bare number: nobody knows of what
  }
  std::int64_t unit = has_days || parts.size() == 3 ? 3600 : 60;
  for (const std::int64_t part : parts) {
    seconds += part * unit;
    unit /= 60;
  }
  return seconds;
}

/// P1DT2H30M: days, hours, minutes and seconds of ISO 8601.
std::optional<std::int64_t> iso_seconds(std::string_view text) {
  if (!text.starts_with('P')) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  bool is_time = false;
  std::int64_t seconds = 0;
  while (!text.empty()) {
    if (text.front() == 'T' && !is_time) {
      is_time = true;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = short_whole(text.substr(0, end));
    constexpr std::string_view time_units = "HMS";
    if (!count || end == text.size()) {
      return std::nullopt;
    }
    const char unit = text[end];
    const std::size_t place = time_units.find(unit);
    if (is_time ? place == std::string_view::npos : unit != 'D') {
      return std::nullopt;
    }
    constexpr std::array<std::int64_t, 3> lengths = {3600, 60, 1};
    seconds += *count * (is_time ? lengths.at(place) : 86'400);
    text.remove_prefix(end + 1);
  }
  return seconds;
}

}  // namespace

ScalarShape shape_of(std::string_view text) {
  if (is_whole(text)) {
    return ScalarShape::whole;
  }
  if (is_decimal(text)) {
    return ScalarShape::number;
  }
  return parse_boolean(text) ? ScalarShape::boolean : ScalarShape::text;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  if (!is_whole(text)) {
    return std::nullopt;
  }
  text = without_plus(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  if (!is_decimal(text)) {
    return std::nullopt;
  }
  text = without_plus(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") {
    return true;
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return false;
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::int64_t previous_unit = longest_duration;
  while (!text.empty()) {
    const std::int64_t part = skip_duration_part(text, previous_unit);
    if (part == 0) {
      return std::nullopt;
    }
    total += part;
  }
  if (total == 0 || total > longest_duration) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(total);
}

std::optional<std::int64_t> parse_memory(std::string_view text) {
  constexpr std::array units = {std::pair{std::string_view("K"), 1024.0},
                                std::pair{std::string_view("M"), 1048576.0},
                                std::pair{std::string_view("G"), 1073741824.0},
                                std::pair{std::string_view("T"), 1099511627776.0},
                                std::pair{std::string_view("KiB"), 1024.0},
                                std::pair{std::string_view("MiB"), 1048576.0},
                                std::pair{std::string_view("GiB"), 1073741824.0},
                                std::pair{std::string_view("TiB"), 1099511627776.0},
                                std::pair{std::string_view("KB"), 1e3},
                                std::pair{std::string_view("MB"), 1e6},
                                std::pair{std::string_view("GB"), 1e9},
                                std::pair{std::string_view("TB"), 1e12}};
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_number(text.substr(0, end));
  const std::string_view unit = text.substr(end);
  for (const auto& [name, bytes] : units) {
    if (number && unit == name) {
      const double amount = *number * bytes;
      return amount >= 1 && amount <= 9e15 ? std::optional(static_cast<std::int64_t>(amount))
                                           : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string> foreign_duration(std::string_view text) {
  std::optional<std::int64_t> seconds = slurm_seconds(text);
  if (!seconds) {
    seconds = iso_seconds(text);
  }
  return seconds ? duration_text(*seconds) : std::nullopt;
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string result(text.substr(0, longest));
  std::replace_if(
      result.begin(),
      result.end(),
      [](char character) {
        return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
      },
      '?');
  if (text.size() > longest) {
    // Never end within a character of several bytes.
    while (!result.empty() && (static_cast<unsigned char>(text[result.size()]) & 0xc0U) == 0x80U) {
      result.pop_back();
    }
    result += "...";
  }
  return result;
}

}  // namespace tarama::config
