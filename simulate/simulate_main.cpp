// `./dev simulate`: the table of docs/STATISTICS.md on stdout; `./dev simulate search`: how
// near search methods come to the best of known functions.
#include "simulate/coverage_table.hpp"
#include "simulate/search_regret.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace {

std::optional<std::int64_t> count_in(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool is_count = code == std::errc{} && end == text.data() + text.size() && count > 0;
  return is_count ? std::optional(count) : std::nullopt;
}

void print_coverage(std::int64_t trials) {
  std::vector<tarama::simulate::ScenarioScore> scores;
  for (const tarama::simulate::Scenario& scenario : tarama::simulate::all_scenarios()) {
    scores.push_back(tarama::simulate::score(scenario, trials));
    fmt::print(
        stderr, "{}, {} levels, {} runs\n", scenario.name, scenario.levels(), scenario.replicates);
  }
  fmt::print("{}", tarama::simulate::as_markdown(scores, trials));
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_search = argc > 1 && std::string_view(argv[1]) == "search";
  const int counts = is_search ? 2 : 1;
  const std::optional<std::int64_t> count = argc > counts ? count_in(argv[counts])
                                            : is_search   ? 100
                                                          : 20'000;
  if (!count || argc > counts + 1) {
    fmt::print(stderr, "usage: tarama-simulate [TRIALS] | search [SEEDS]\n");
    return 2;
  }
  if (is_search) {
    fmt::print("{}", tarama::simulate::regret_table(*count));
  } else {
    print_coverage(*count);
  }
  return 0;
}
