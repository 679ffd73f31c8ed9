// See label_classes.hpp.
#include "input/data/label_classes.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

namespace tarama::input {
namespace {

std::optional<std::int64_t> integer_of(std::string_view label) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), value);
  if (error != std::errc{} || end != label.data() + label.size()) {
    return std::nullopt;
  }
  if (std::to_string(value) != label) {
    return std::nullopt;  // "01" and "1" are two labels
  }
  return value;
}

}  // namespace

std::vector<std::string> classes_of(const std::vector<std::string_view>& labels) {
  const std::unordered_set<std::string_view> distinct(labels.begin(), labels.end());
  std::vector<std::string> classes(distinct.begin(), distinct.end());
  std::sort(classes.begin(), classes.end());
  std::vector<std::pair<std::int64_t, std::string>> by_value;
  for (const std::string& label : classes) {
    const std::optional<std::int64_t> value = integer_of(label);
    if (!value) {
      return classes;
    }
    by_value.emplace_back(*value, label);
  }
  std::sort(by_value.begin(), by_value.end());
  std::transform(by_value.begin(), by_value.end(), classes.begin(), [](const auto& entry) {
    return entry.second;
  });
  return classes;
}

std::optional<std::int32_t> class_of(const std::vector<std::string>& classes,
                                     std::string_view label) {
  const auto found = std::find(classes.begin(), classes.end(), label);
  if (found == classes.end()) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(found - classes.begin());
}

}  // namespace tarama::input
