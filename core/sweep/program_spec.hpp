// A program as the trainer: its arguments with the places of parameters, and how its output and its
// end are read. Plain values.
#pragma once

#include "core/sweep/run_state.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// Where a program's numbers are read: lines of JSON that it prints, or appends to a file, or event
/// files of TensorBoard in its folder. `wandb`: such a file, to which a module writes that stands
/// before the program in the place of the one of Weights & Biases.
enum class MetricsFrom { standard_output, file, tensorboard, wandb };

/// A text that tells, where a line of the log of a program that failed holds it, why it failed.
struct LogRule {
  std::string text;
  FailureClass failure = FailureClass::program_error;

  friend bool operator==(const LogRule&, const LogRule&) = default;
};

// An orchestrator that ends gives its workers 60 s, and a cancelled run as long: what takes longer
// is killed by others, with the worker.
inline constexpr std::chrono::seconds longest_program_grace{50};

struct ProgramSpec {
  /// With parameters in braces (argument_template.hpp). The first names the program.
  std::vector<std::string> command;
  std::string folder;  // absolute: that it runs in
  MetricsFrom metrics = MetricsFrom::standard_output;
  std::vector<std::string> inputs;  // absolute: files and folders that its numbers depend on
  /// Without a line for so long it is hung; nullopt: it may be silent.
  std::optional<std::chrono::milliseconds> silence = std::chrono::minutes(30);
  /// From being asked to end until it is killed.
  std::chrono::milliseconds grace = std::chrono::seconds(30);
  std::vector<LogRule> on_log;  // the first that fits counts
  /// Bytes that it and all that it starts may hold; nullopt: any.
  std::optional<std::int64_t> memory{};

  friend bool operator==(const ProgramSpec&, const ProgramSpec&) = default;
};

/// What levels that a program trains, and their sweeps, name as learner and trainer.
inline constexpr const char* program_learner = "program";

}  // namespace tarama
