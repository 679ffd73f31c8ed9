// The program `tarama`: hands its arguments and the process's streams to run_cli.
#include "cli/program.hpp"
#include "transport/process_signals.hpp"

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
  using namespace tarama::cli;
  tarama::transport::open_closed_streams();
  tarama::transport::survive_broken_pipes();
  const Streams streams{
      std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1, STDOUT_FILENO};
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return static_cast<int>(
      run_cli(std::vector<std::string>(argv + 1, argv + argc), streams, environment));
}
