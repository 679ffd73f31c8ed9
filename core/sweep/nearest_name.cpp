// Damerau's and Levenshtein's distance by three rows, and what counts as near.
#include "core/sweep/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tarama {
namespace {

// No known name is longer than 35 letters: what is far longer is near none, and is not compared.
constexpr std::size_t longest_compared = 64;

// "max" is meant as "maximize"; "m" may be anything.
constexpr std::size_t shortest_beginning = 3;

std::size_t largest_slip(std::string_view known) {
  return std::max<std::size_t>(1, known.size() / 3);
}

}  // namespace

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t row = 1; row <= from.size(); ++row) {
    std::vector<std::size_t> current(to.size() + 1, row);
    for (std::size_t column = 1; column <= to.size(); ++column) {
      const std::size_t replaced = from[row - 1] == to[column - 1] ? 0 : 1;
      current[column] =
          std::min({last[column] + 1, current[column - 1] + 1, last[column - 1] + replaced});
      const bool is_swap = row > 1 && column > 1 && from[row - 1] == to[column - 2] &&
                           from[row - 2] == to[column - 1];
      if (is_swap) {
        current[column] = std::min(current[column], before_last[column - 2] + 1);
      }
    }
    before_last = std::exchange(last, std::move(current));
  }
  return last[to.size()];
}

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& known) {
  std::optional<std::string> nearest;
  std::size_t nearest_distance = 0;
  for (const std::string& candidate : known) {
    if (name.size() > longest_compared) {
      break;
    }
    if (name.size() >= shortest_beginning && candidate.starts_with(name)) {
      return candidate;
    }
    const std::size_t distance = edit_distance(name, candidate);
    if (distance <= largest_slip(candidate) && (!nearest || distance < nearest_distance)) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest;
}

}  // namespace tarama
