// Reading a sweep file: from YAML to a checked SweepSpec, or to every problem in it at once,
// each at the key or list item that it is about. Reads the file and looks whether the files it
// names exist; what is in those is checked by input/prepare.hpp. docs/CONFIG.md describes the
// keys. Any thread.
#pragma once

#include "core/sweep/refinement.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "orchestrator/config/key_positions.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarama::config {

/// The value of an environment variable; nothing if it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process.
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

/// Whether the files that a sweep file names must exist. `may_be_missing` is for checks of
/// example files on machines that lack their data.
enum class NamedFiles { must_exist, may_be_missing };

struct SweepFileRequest {
  std::filesystem::path path;
  std::vector<std::string> overrides;  // of `--set KEY=YAML`, in order; later ones win
  EnvironmentLookup environment = process_environment;  // for ${NAME}
  NamedFiles named_files = NamedFiles::must_exist;
};

struct SweepFile {
  SweepSpec spec;
  std::string yaml;                        // as submitted; each override follows as a comment line
  KeyPositions positions;                  // where each key stands
  std::optional<Refinement> refinement{};  // where `replicates` decide themselves

  /// A problem at the key that names it ("data.train", "training.norm"). See KeyPositions::at.
  [[nodiscard]] ConfigProblem at(const std::string& key, std::string message) const {
    return positions.at(key, std::move(message));
  }

  /// The line of a key, from 1; 0 if `--set` gave it.
  [[nodiscard]] int line_of(const std::string& key) const { return positions.line_of(key); }
};

/// `file` is set if and only if `problems` is empty. Problems come in file order, those of
/// `--set` last; at most 200, and a line that says so.
struct SweepFileOutcome {
  std::optional<SweepFile> file;
  std::vector<ConfigProblem> problems;
};

[[nodiscard]] SweepFileOutcome read_sweep_file(const SweepFileRequest& request);

}  // namespace tarama::config
