// See program_inputs.hpp.
#include "orchestrator/sweeps/program_inputs.hpp"

#include "files/program_fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace tarama::orchestrator {
namespace {

namespace fs = std::filesystem;

bool can_be_run(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be run
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

bool is_in_path(const std::string& name, const fs::path& folder) {
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  while (true) {
    const std::size_t end = rest.find(':');
    // An empty part is the folder that one is in.
    if (can_be_run(folder / std::string(rest.substr(0, end)) / name)) {
      return true;
    }
    if (end == std::string_view::npos) {
      return false;
    }
    rest.remove_prefix(end + 1);
  }
}

/// What a name that is not found may have been meant as.
std::string way_out(const std::string& name, const fs::path& folder) {
  std::error_code ignored;
  if (name.find('/') == std::string::npos && fs::exists(folder / name, ignored)) {
    return fmt::format("; for the file beside this one write ./{}", name);
  }
  if (name.find_first_of(" \t") != std::string::npos) {
    return "; no shell splits it: one list item an argument, [python3, train.py], or a shell's "
           "line by [bash, -c, 'cd code && ./train']";
  }
  if (name.find('=') != std::string::npos) {
    return "; to set a variable begin with [env, NAME=VALUE, ...]";
  }
  if (name.starts_with('$')) {
    return "; no shell reads it: variables of the environment are ${NAME}, with braces";
  }
  return name == "python" ? "; python3, or the path of an environment's bin/python?" : "";
}

/// Of `python3 train.py` and the like: that there is no such script; empty: there is, or nobody
/// knows.
std::string problem_with_script(const ProgramSpec& program) {
  constexpr std::string_view interpreters[] = {
      "python", "python3", "bash", "sh", "zsh", "Rscript", "julia", "node", "perl", "ruby"};
  const std::string name = fs::path(program.command.front()).filename();
  if (program.command.size() < 2 ||
      std::ranges::find(interpreters, name) == std::end(interpreters)) {
    return "";
  }
  const std::string& script = program.command[1];
  std::error_code ignored;
  const bool is_name =
      !script.empty() && script.front() != '-' && script.find_first_of("{}") == std::string::npos;
  return is_name && !fs::exists(fs::path(program.folder) / script, ignored)
             ? fmt::format("there is no file {} for {} to run",
                           (fs::path(program.folder) / script).lexically_normal().native(),
                           name)
             : "";
}

std::string problem_with_program(const ProgramSpec& program) {
  const std::string& name = program.command.front();
  if (name.find('/') == std::string::npos) {
    return is_in_path(name, program.folder)
               ? problem_with_script(program)
               : fmt::format("'{}' is not found in PATH{}", name, way_out(name, program.folder));
  }
  const fs::path path = (fs::path(program.folder) / name).lexically_normal();
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return fmt::format("there is no file {}{}", path.native(), way_out(name, program.folder));
  }
  return can_be_run(path)
             ? problem_with_script(program)
             : fmt::format(
                   "{} is no program that can be run; chmod +x it, or name what runs it first",
                   path.native());
}

}  // namespace

LevelInputs check_program_of(const config::SweepFile& file,
                             std::vector<config::ConfigProblem>& problems) {
  const ProgramSpec& program = *file.spec.program;
  if (const std::string problem = problem_with_program(program); !problem.empty()) {
    problems.push_back(file.at("trainer.command", "trainer.command: " + problem));
  }
  LevelInputs inputs;
  const auto fingerprint = files::ProgramFingerprints().of(program);
  if (fingerprint) {
    inputs.data_fingerprint = *fingerprint;
  } else {
    problems.push_back(file.at("trainer.inputs", fingerprint.error().message));
  }
  return inputs;
}

}  // namespace tarama::orchestrator
