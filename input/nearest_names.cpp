// See nearest_names.hpp.
#include "input/nearest_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace tarama::input {
namespace {

constexpr std::size_t most_listed = 12;
constexpr std::size_t longest_compared = 64;  // bytes: a header may be a whole text

/// Levenshtein's distance, in bytes.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string listed_nearest_first(std::string_view wanted, const std::vector<std::string>& names) {
  std::vector<std::pair<std::size_t, std::string_view>> ordered;
  for (const std::string& name : names) {
    const std::string_view compared = std::string_view(name).substr(0, longest_compared);
    ordered.emplace_back(edit_distance(wanted.substr(0, longest_compared), compared), name);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.first < b.first;
  });
  std::string list;
  for (std::size_t i = 0; i < std::min(ordered.size(), most_listed); ++i) {
    list += fmt::format("{}'{}'", i == 0 ? "" : ", ", ordered[i].second);
  }
  if (ordered.size() > most_listed) {
    list += fmt::format(" and {} more", ordered.size() - most_listed);
  }
  return list;
}

}  // namespace tarama::input
