// Finding the place of a dotted key, or the nearest one that explains it.
#include "orchestrator/config/key_positions.hpp"

#include <fmt/format.h>

namespace tarama::config {

std::string to_text(const ConfigProblem& problem) {
  if (problem.line == 0) {
    return fmt::format("{}: {}", problem.file, problem.message);
  }
  return fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
}

Position KeyPositions::position_of(const std::string& key) const {
  if (const auto found = by_key.find(key); found != by_key.end()) {
    return found->second;
  }
  const auto dot = key.rfind('.');
  if (const auto axis = by_key.find("parameters." + key.substr(dot + 1)); axis != by_key.end()) {
    return axis->second;
  }
  return dot == std::string::npos ? Position{} : position_of(key.substr(0, dot));
}

ConfigProblem KeyPositions::at(const std::string& key, std::string message) const {
  return at(position_of(key), std::move(message));
}

ConfigProblem KeyPositions::at(const Position& position, std::string message) const {
  if (position.source > 0) {
    const std::string& key = overrides.at(position.source - 1);
    const bool names_key = message.starts_with(key + ": ");
    return {"--set " + key, 0, 0, names_key ? message.substr(key.size() + 2) : message};
  }
  return {file, position.line, position.column, std::move(message)};
}

int KeyPositions::line_of(const std::string& key) const {
  const Position position = position_of(key);
  return position.source > 0 ? 0 : position.line;
}

}  // namespace tarama::config
