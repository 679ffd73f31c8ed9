// Problems and warnings as they are found, so that a reader can go on after the first one.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tarama::input {

/// Something wrong or odd, at the YAML key that names it ("data.train", "model.path").
struct Problem {
  std::string key;
  std::string message;  // what, where in the file, what was expected, what to do

  friend bool operator==(const Problem&, const Problem&) = default;
};

struct Warning {
  std::string code;  // stable, snake_case
  std::string key;
  std::string message;

  friend bool operator==(const Warning&, const Warning&) = default;
};

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
