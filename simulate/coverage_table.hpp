// How often each method keeps the best level, and how many levels it keeps: counted, and as the
// table of docs/STATISTICS.md.
#pragma once

#include "simulate/scenario.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::simulate {

struct CandidateScore {
  std::string name;
  double coverage = 0;  // the share of trials in which the best level is in the set
  double size = 0;      // mean number of levels in the set
};

struct ScenarioScore {
  Scenario scenario;
  std::vector<CandidateScore> candidates;
};

[[nodiscard]] ScenarioScore score(const Scenario& scenario, std::int64_t trials);

/// 95 % less three standard errors of a share over so many trials.
[[nodiscard]] double least_coverage(std::int64_t trials);

/// Markdown. A coverage below `least_coverage` is bold where normal noise promises 95 %.
[[nodiscard]] std::string as_markdown(const std::vector<ScenarioScore>& scores,
                                      std::int64_t trials);

}  // namespace tarama::simulate
