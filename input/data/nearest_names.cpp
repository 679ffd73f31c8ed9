// See nearest_names.hpp.
#include "input/data/nearest_names.hpp"

#include "core/sweep/nearest_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tarama::input {
namespace {

constexpr std::size_t most_listed = 12;
constexpr std::size_t longest_compared = 64;  // bytes: a header may be a whole text

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
