// See metric_lines.hpp.
#include "worker/program/metric_lines.hpp"

#include "core/bytes/json_extent.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::program {

namespace {

using ReportJson = nlohmann::json;

constexpr std::int64_t highest_step = std::int64_t{1} << 53;
constexpr std::size_t deepest_report = 4;
constexpr std::size_t most_values = 10'000;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

/// What Python's json writes, and JSON does not have.
struct WordForNumber {
  std::string_view word;
  std::string_view in_json;
};

// Null is what JavaScript makes of NaN; the others are texts that nobody reports.
constexpr std::array<WordForNumber, 3> words_for_numbers = {
    WordForNumber{"-Infinity", R"("\u0001-")"},
    WordForNumber{"Infinity", R"("\u0001+")"},
    WordForNumber{"NaN", "null"}};

std::string as_json(std::string_view line) {
  std::string text;
  bool is_in_text = false;
  for (std::size_t at = 0; at < line.size();) {
    bool is_replaced = false;
    for (const auto& [word, in_json] : words_for_numbers) {
      if (!is_in_text && line.substr(at, word.size()) == word) {
        text += in_json;
        at += word.size();
        is_replaced = true;
        break;
      }
    }
    if (is_replaced) {
      continue;
    }
    if (is_in_text && line[at] == '\\' && at + 1 < line.size()) {
      text += line[at++];
    } else if (line[at] == '"') {
      is_in_text = !is_in_text;
    }
    text += line[at++];
  }
  return text;
}

ReportJson object_in(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] != '{') {
    return {};
  }
  const bool has_words =
      line.find("NaN") != std::string_view::npos || line.find("Infinity") != std::string_view::npos;
  const std::string text = has_words ? as_json(line) : std::string(line);
  if (beyond(JsonLimits{.depth = deepest_report, .values = most_values}, text)) {
    return {};
  }
  return ReportJson::parse(text, nullptr, false);
}

/// A whole number of 0 to 2^53, also one that is written with a point: 10.0.
std::optional<std::int64_t> count_in(const ReportJson& value) {
  if (!value.is_number()) {
    return std::nullopt;
  }
  const auto number = value.get<double>();
  return number >= 0 && number <= static_cast<double>(highest_step) && number == std::floor(number)
             ? std::optional(static_cast<std::int64_t>(number))
             : std::nullopt;
}

using NamedNumbers = std::vector<std::pair<std::string, double>>;

void gather(const ReportJson& object, const std::string& prefix, NamedNumbers& found) {
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix + key;
    if (value.is_object()) {
      gather(value, name + ".", found);
    } else if (!is_metric_name(name)) {
      continue;
    } else if (value.is_number()) {
      found.emplace_back(name, value.get<double>());
    } else if (value.is_null()) {
      found.emplace_back(name, not_a_number);
    } else if (value == "\x01-" || value == "\x01+") {
      found.emplace_back(name, value == "\x01-" ? -infinite : infinite);
    }
  }
}

}  // namespace

ReportedRow as_stored(ReportedRow row) {
  row.value = std::isfinite(row.value) ? row.value : not_a_number;
  return row;
}

bool is_metric_name(std::string_view name) {
  if (name.empty() || name.size() > longest_metric_name ||
      name.find('\0') != std::string_view::npos) {
    return false;
  }
  try {
    return !ReportJson(name).dump().empty();  // throws where it is no UTF-8
  } catch (const ReportJson::exception&) {
    return false;
  }
}

std::int64_t MetricLines::step_of(std::optional<std::int64_t> named) {
  if (named) {
    before_.last_named_step = named;
    return *named;
  }
  return before_.last_named_step ? *before_.last_named_step : before_.next_step++;
}

std::vector<ReportedRow> MetricLines::read(std::string_view line, std::int64_t at) {
  const ReportJson object = object_in(line);
  if (!object.is_object()) {
    return {};
  }
  NamedNumbers numbers;
  gather(object, "", numbers);
  const auto step = object.contains("step") ? count_in(object["step"]) : std::nullopt;
  const auto epoch = object.contains("epoch") ? count_in(object["epoch"]) : std::nullopt;
  std::erase_if(numbers, [&](const auto& number) {
    return (number.first == "step" && step) || (number.first == "epoch" && epoch);
  });
  if (numbers.empty()) {
    return {};
  }
  const std::int64_t of_step = step_of(step);
  std::vector<ReportedRow> rows;
  for (auto& [name, value] : numbers) {
    if (!before_.names.contains(name) && before_.names.size() >= most_metric_names) {
      if (!std::exchange(has_refused_, true)) {
        refused_name_ = name;
      }
      continue;
    }
    before_.names.insert(name);
    rows.push_back({.name = std::move(name),
                    .step = of_step,
                    .epoch = epoch.value_or(ReportedRow::no_epoch),
                    .value = value,
                    .at = at});
  }
  return rows;
}

std::optional<std::string> MetricLines::take_remark() {
  const auto name = std::exchange(refused_name_, std::nullopt);
  return name ? std::optional(too_many_names(*name)) : std::nullopt;
}

std::string too_many_names(const std::string& first_refused) {
  return fmt::format("[tarama: '{}' and further names are left out: no program has more than {}]",
                     first_refused,
                     most_metric_names);
}

}  // namespace tarama::program
