// See coverage_table.hpp.
#include "simulate/coverage_table.hpp"

#include "simulate/candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tarama::simulate {
namespace {

std::string cell(const CandidateScore& score, bool is_promised, double least) {
  const std::string share = fmt::format("{:.1f}", 100 * score.coverage);
  return fmt::format("{}, {:.1f}",
                     is_promised && score.coverage < least ? "**" + share + "**" : share,
                     score.size);
}

/// The lowest coverage of each candidate over what is promised.
std::string worst_line(const std::vector<ScenarioScore>& scores) {
  std::string line = "| *lowest where promised* | | | |";
  for (std::size_t i = 0; i < scores.front().candidates.size(); ++i) {
    double lowest = 1;
    for (const ScenarioScore& each : scores) {
      lowest = each.scenario.is_promised() ? std::min(lowest, each.candidates[i].coverage) : lowest;
    }
    line += fmt::format(" {:.1f} |", 100 * lowest);
  }
  return line + "\n";
}

}  // namespace

ScenarioScore score(const Scenario& scenario, std::int64_t trials) {
  ScenarioScore result{.scenario = scenario, .candidates = {}};
  const std::vector<Candidate> candidates = candidates_for(scenario.levels(), scenario.replicates);
  for (const Candidate& candidate : candidates) {
    result.candidates.push_back({.name = candidate.name});
  }
  for (std::int64_t trial = 1; trial <= trials; ++trial) {
    const auto samples = simulated_sweep(scenario, trial);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const TiedSet tied = candidates[i].tied(samples);
      result.candidates[i].coverage += tied.front() ? 1 : 0;
      result.candidates[i].size += static_cast<double>(std::count(tied.begin(), tied.end(), true));
    }
  }
  for (CandidateScore& candidate : result.candidates) {
    candidate.coverage /= static_cast<double>(trials);
    candidate.size /= static_cast<double>(trials);
  }
  return result;
}

double least_coverage(std::int64_t trials) {
  return .95 - 3 * std::sqrt(.95 * .05 / static_cast<double>(trials));
}

std::string as_markdown(const std::vector<ScenarioScore>& scores, std::int64_t trials) {
  std::string text = "| truth | levels | runs | corr. |";
  std::string rule = "|---|---|---|---|";
  for (const CandidateScore& candidate : scores.front().candidates) {
    text += fmt::format(" {} |", candidate.name);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (const ScenarioScore& each : scores) {
    text += fmt::format("| {} | {} | {} | {} |",
                        each.scenario.name,
                        each.scenario.levels(),
                        each.scenario.replicates,
                        each.scenario.correlation);
    for (const CandidateScore& candidate : each.candidates) {
      text += fmt::format(" {} |",
                          cell(candidate, each.scenario.is_promised(), least_coverage(trials)));
    }
    text += "\n";
  }
  return text + worst_line(scores);
}

}  // namespace tarama::simulate
