// `./dev simulate`: the table of docs/STATISTICS.md on stdout.
#include "simulate/coverage_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

int main(int argc, char** argv) {
  std::int64_t trials = 20'000;
  if (argc > 1) {
    const std::string_view text(argv[1]);
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), trials);
    if (argc > 2 || code != std::errc{} || end != text.data() + text.size() || trials < 1) {
      fmt::print(stderr, "usage: tarama-simulate [TRIALS]\n");
      return 2;
    }
  }
  std::vector<tarama::simulate::ScenarioScore> scores;
  for (const tarama::simulate::Scenario& scenario : tarama::simulate::all_scenarios()) {
    scores.push_back(tarama::simulate::score(scenario, trials));
    fmt::print(
        stderr, "{}, {} levels, {} runs\n", scenario.name, scenario.levels(), scenario.replicates);
  }
  fmt::print("{}", tarama::simulate::as_markdown(scores, trials));
  return 0;
}
