// A sweep file after each of its keys was checked alone, before they are checked together: what
// the parts of the reader hand to one another.
#pragma once

#include "core/sweep/refinement.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "orchestrator/config/key_positions.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::config {

// Nobody reads more; and a file with very many wrong keys must not take minutes to refuse.
inline constexpr std::size_t most_problems = 200;

/// A text where it stands.
struct PlacedText {
  std::string text;
  Position position;
};

/// What `trainer` holds beside single values.
struct ProgramReading {
  std::vector<PlacedText> command;
  std::vector<PlacedText> inputs;  // absolute paths
  std::vector<LogRule> on_log;
  std::string folder;  // absolute: of the sweep file
};

/// A rule of `stop_when`, as far as it is understood without the rest of the file.
struct PlacedStopRule {
  StopRule rule;
  bool has_goal = false;
  Position position;
};

struct SweepReading {
  std::map<std::string, ParameterValue> values;  // by dotted key; without the axes' keys
  std::vector<Axis> axes;                        // in file order
  bool draws_values = false;                     // the method is no grid
  std::vector<std::string> devices;              // empty: auto
  std::vector<PlacedStopRule> stop_when;
  std::optional<ProgramReading> program;  // set where `trainer` is a map
  std::vector<std::string> more_train;    // data.train beyond the first file
  std::set<std::string> sections;         // the keys that hold maps and do
  KeyPositions positions;                 // of right and wrong keys alike; a misspelt key
                                          // counts as the one that it is nearest to
  std::vector<PlacedProblem> problems;

  void report(const Position& position, std::string message) {
    problems.push_back({position, std::move(message)});
  }

  /// Whether reading may stop.
  [[nodiscard]] bool has_enough_problems() const { return problems.size() >= most_problems; }

  /// Whether `model.layers` stands there or under `parameters`, rightly or wrongly.
  [[nodiscard]] bool is_given(const std::string& key) const;

  /// The values that a key of `training` or `model` takes over all levels; empty if none was
  /// right or given.
  [[nodiscard]] std::vector<ParameterValue> values_of(const std::string& key) const;
};

/// Checks every key of `root` against the table of keys; relative paths start from `folder`.
/// `positions` holds the names of the sources only.
[[nodiscard]] SweepReading read_keys(const YamlNode& root,
                                     KeyPositions positions,
                                     const std::filesystem::path& folder);

/// Reports a key that may not stand in `section` ("" is the top).
void report_unknown_key(SweepReading& reading, std::string_view section, const YamlEntry& entry);

/// Reads one axis under `parameters` into `reading`.
void read_axis(const YamlEntry& entry, const std::filesystem::path& folder, SweepReading& reading);

/// Reports what no key shows alone: keys that exclude or need one another, files that are not
/// there, too many runs.
void check_keys_together(SweepReading& reading);

/// The part of it that is about the axes: conditions between them, and the number of runs.
void check_axes_together(SweepReading& reading);

/// Reports files and folders that do not exist, at the keys that name them.
void check_named_files(SweepReading& reading);

/// The part of it that is about a program as the trainer.
void check_program(SweepReading& reading);

/// Reads `trainer.command`, `trainer.inputs` or `trainer.on_log` into `reading.program`.
void read_program_key(const KeyRule& rule, const YamlEntry& entry, SweepReading& reading);

/// Reads `stop_when` into `reading.stop_when`.
void read_stop_rules(const KeyRule& rule, const YamlEntry& entry, SweepReading& reading);

/// Reports rules about numbers that no run reports; completes those that are understood.
void check_stop_rules(SweepReading& reading);

/// Whether runs are compared at rungs.
[[nodiscard]] bool has_rungs(const SweepReading& reading);

/// What `rungs` and `method` ask for; nullopt: no run is compared while it trains.
[[nodiscard]] std::optional<Rungs> build_rungs(const SweepReading& reading);

/// Reports what of it cannot be meant.
void check_rungs(SweepReading& reading);

/// What to write instead of `rungs: restart`.
[[nodiscard]] std::string words_for_restart();

/// The rule for the values of a parameter, which of a program may have any name; nullopt: nothing
/// of that name can be swept.
[[nodiscard]] std::optional<KeyRule> axis_rule(const SweepReading& reading, std::string_view name);

/// Whether a key that is required may be missing here, or one that is known may not stand here.
[[nodiscard]] bool is_of_built_in_trainer(std::string_view key);

/// What `replicates` asks for, where they decide themselves, in a reading without problems.
[[nodiscard]] std::optional<Refinement> build_refinement(const SweepReading& reading);

/// The spec that a reading without problems gives.
[[nodiscard]] SweepSpec build_spec(const SweepReading& reading);

}  // namespace tarama::config
