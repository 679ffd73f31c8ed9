// Where the keys of a sweep file stand, so that what is found later (a column that is not in the
// data, a tensor that is not in the model) can be reported at the key that names it.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tarama::config {

/// Something wrong with a sweep file, for a person.
struct ConfigProblem {
  std::string file;  // as the user named it; "--set KEY" for an override
  int line = 0;      // from 1; 0: the file as a whole, or an override
  int column = 0;    // from 1, in characters
  std::string message;

  friend bool operator==(const ConfigProblem&, const ConfigProblem&) = default;
};

/// `FILE:LINE:COLUMN: message`, or `FILE: message` without a line.
[[nodiscard]] std::string to_text(const ConfigProblem& problem);

/// A place in one of the texts that a sweep is read from. Ordered as a reader meets them.
struct Position {
  std::size_t source = 0;  // 0: the file; n: the nth override
  int line = 1;            // from 1
  int column = 1;          // from 1, in characters

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// A problem before the names of its sources are put in.
struct PlacedProblem {
  Position position;
  std::string message;

  friend bool operator==(const PlacedProblem&, const PlacedProblem&) = default;
};

struct KeyPositions {
  std::string file;                        // as the user named it
  std::vector<std::string> overrides;      // the KEY of each `--set`
  std::map<std::string, Position> by_key;  // by dotted path: "data.train"

  [[nodiscard]] bool has(const std::string& key) const { return by_key.contains(key); }

  /// The key's place; else that of the axis under `parameters` that sets it; else that of the
  /// nearest key that it lies in; else the file's start.
  [[nodiscard]] Position position_of(const std::string& key) const;

  [[nodiscard]] ConfigProblem at(const std::string& key, std::string message) const;
  /// For an override, a key that opens the message is left out: "--set KEY" says it already.
  [[nodiscard]] ConfigProblem at(const Position& position, std::string message) const;

  /// From 1; 0 if an override gave the key.
  [[nodiscard]] int line_of(const std::string& key) const;
};

}  // namespace tarama::config
