// A command of the program: what `tarama --help` and docs/CLI.md say of it, its options, and what
// it does. Each file of this folder that is named for a command gives one.
#pragma once

#include "cli/context.hpp"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tarama::cli {

/// What a command does once its options are parsed.
using Action = std::function<ExitCode(const Context&)>;

struct Command {
  std::string name;
  std::string summary;  // one line, no full stop
  std::string example;  // one command line
  /// Adds the command's own options to its parser and gives the action that reads them.
  std::function<Action(CLI::App&)> declare;
};

/// Every command, in the order of `tarama --help`.
[[nodiscard]] std::vector<Command> all_commands();

// The commands, by file.
[[nodiscard]] Command run_command();
[[nodiscard]] Command plan_command();
[[nodiscard]] Command serve_command();
[[nodiscard]] Command submit_command();
[[nodiscard]] Command extend_command();
[[nodiscard]] Command watch_command();
[[nodiscard]] Command wait_command();
[[nodiscard]] Command status_command();
[[nodiscard]] Command list_command();
[[nodiscard]] Command show_command();
[[nodiscard]] Command levels_command();
[[nodiscard]] Command effects_command();
[[nodiscard]] Command errors_command();
[[nodiscard]] Command suggest_command();
[[nodiscard]] Command refine_command();
[[nodiscard]] Command query_command();
[[nodiscard]] Command logs_command();
[[nodiscard]] Command predict_command();
[[nodiscard]] Command pause_command();
[[nodiscard]] Command resume_command();
[[nodiscard]] Command cancel_command();
[[nodiscard]] Command priority_command();
[[nodiscard]] Command retry_command();
[[nodiscard]] Command stop_command();
[[nodiscard]] Command dash_command();
[[nodiscard]] Command report_command();
[[nodiscard]] Command export_command();
[[nodiscard]] Command import_command();
[[nodiscard]] Command helper_command();
[[nodiscard]] Command report_metric_command();
[[nodiscard]] Command backup_command();
[[nodiscard]] Command doctor_command();
[[nodiscard]] Command completion_command();
[[nodiscard]] Command man_command();

}  // namespace tarama::cli
