// Problems and warnings as they are found, so that a reader can go on after the first one.
#pragma once

#include "input/prepare.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tarama::input {

struct Findings {
  std::vector<Problem> problems;
  std::vector<Warning> warnings;

  void refuse(std::string key, std::string message) {
    problems.push_back({std::move(key), std::move(message)});
  }

  void warn(std::string code, std::string key, std::string message) {
    warnings.push_back({std::move(code), std::move(key), std::move(message)});
  }
};

}  // namespace tarama::input
