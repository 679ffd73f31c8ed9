// The program `tarama`: parses the command line, finds the command, does it, and turns whatever
// goes wrong into a line on stderr and an exit code.
#pragma once

#include "cli/context.hpp"

#include <string>
#include <vector>

namespace tarama::cli {

/// `arguments` without the program's name. Never throws. The streams are flushed.
[[nodiscard]] ExitCode run_cli(const std::vector<std::string>& arguments,
                               Streams streams,
                               const Environment& environment);

/// What `tarama COMMAND --help` prints; for the empty name, `tarama --help`.
[[nodiscard]] std::string help_text(const std::string& command);

/// docs/CLI.md, made of the help of all commands.
[[nodiscard]] std::string cli_page();

}  // namespace tarama::cli
