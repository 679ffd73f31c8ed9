// Sweep files of Weights & Biases, and the sweeps that they become.
#pragma once

#include "core/search/grid.hpp"
#include "core/sweep/argument_template.hpp"
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/config/wandb_import.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace tarama::config::test {

/// The sweep that the imported file makes.
inline SweepSpec spec_of(const std::string& yaml) {
  const tarama::test::TempFolder folder;
  std::ofstream(folder.path() / "sweep.yaml") << yaml;
  SweepFileRequest request;
  request.path = folder.path() / "sweep.yaml";
  request.named_files = NamedFiles::may_be_missing;
  request.environment = [](const std::string&) { return std::optional<std::string>("of-tests"); };
  const SweepFileOutcome read = read_sweep_file(request);
  EXPECT_TRUE(read.file) << (read.problems.empty() ? "" : to_text(read.problems.front())) << yaml;
  return read.file ? read.file->spec : SweepSpec{};
}

/// All that is said: why it is refused, or else what a person must know.
inline std::vector<std::string> said_of(const WandbImport& imported) {
  std::vector<std::string> said;
  for (const ConfigProblem& problem : imported.problems) {
    said.push_back(to_text(problem));
  }
  for (const ConfigProblem& warning : imported.warnings) {
    said.push_back(fmt::format("{}:{}: {}", warning.file, warning.line, warning.message));
  }
  return said;
}

/// A grid with one parameter.
inline std::string grid_with(const std::string& parameter) {
  return "program: t.py\nmethod: grid\nmetric: {name: m}\nparameters:\n  x: {" + parameter + "}\n";
}

/// The commands of all levels of a grid, each in one line.
inline std::vector<std::string> commands_of(const SweepSpec& spec) {
  std::vector<std::string> commands;
  const auto levels = expand_levels(spec);
  for (const auto& level : *levels) {
    commands.push_back(fmt::format(
        "{}",
        fmt::join(
            fill_arguments(spec.program->command, *argument_values(params_json(level.params))),
            " ")));
  }
  return commands;
}

/// What the program gets as x, level after level.
inline std::vector<std::string> values_passed(const std::string& parameter) {
  std::vector<std::string> values;
  const std::string before = "python3 t.py --x=";
  for (const std::string& command :
       commands_of(spec_of(import_wandb_text(grid_with(parameter), "w.yaml").yaml))) {
    values.push_back(command.starts_with(before) ? command.substr(before.size()) : command);
  }
  return values;
}

/// Why a parameter is refused.
inline std::vector<std::string> refusals(const std::string& parameter) {
  const WandbImport imported = import_wandb_text(grid_with(parameter), "w.yaml");
  EXPECT_EQ(imported.yaml, "") << parameter;
  return said_of(imported);
}

}  // namespace tarama::config::test
