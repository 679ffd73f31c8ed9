// See program_inputs.hpp.
#include "orchestrator/sweeps/program_inputs.hpp"

#include "files/program_fingerprint.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
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

std::string problem_with_program(const ProgramSpec& program) {
  const std::string& name = program.command.front();
  if (name.find('/') == std::string::npos) {
    if (is_in_path(name, program.folder)) {
      return "";
    }
    const bool is_here = fs::exists(fs::path(program.folder) / name);
    return fmt::format("'{}' is not found in PATH{}",
                       name,
                       is_here ? fmt::format("; for the file beside this one write ./{}", name)
                       : name == "python" ? "; python3, or the path of an environment's bin/python?"
                                          : "");
  }
  const fs::path path = (fs::path(program.folder) / name).lexically_normal();
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return fmt::format("there is no file {}", path.native());
  }
  return can_be_run(path)
             ? ""
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
