// What is said of a sweep file of W&B while it is translated: why it is refused, and what a person
// must know of the file that is made.
#pragma once

#include "orchestrator/config/key_positions.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tarama::config {

struct WandbReport {
  std::vector<PlacedProblem> problems;  // with one of them nothing is made
  std::vector<PlacedProblem> warnings;  // each also stands as a comment in what is made

  void refuse(const Position& position, std::string message) {
    problems.push_back({position, std::move(message)});
  }

  void warn(const Position& position, std::string message) {
    warnings.push_back({position, std::move(message)});
  }
};

}  // namespace tarama::config
