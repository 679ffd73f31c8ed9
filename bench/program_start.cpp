// posix_spawn, which copies no page tables, however much memory this process holds by then.
#include "bench/program_start.hpp"

#include "bench/row.hpp"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::bench {
namespace {

bool has_succeeded(const std::string& path, const char* argument) {
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&quiet, output, "/dev/null", O_WRONLY, 0);
  }
  // posix_spawn does not write to the arguments; its signature is C's.
  const std::array<char*, 3> arguments = {
      const_cast<char*>(path.c_str()), const_cast<char*>(argument), nullptr};
  pid_t child = 0;
  const int status = posix_spawn(&child, path.c_str(), &quiet, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  int end = 0;
  return status == 0 && waitpid(child, &end, 0) == child && WIFEXITED(end) && WEXITSTATUS(end) == 0;
}

}  // namespace

void measure_start(benchmark::State& state, const std::string& program, const char* argument) {
  const std::string path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  for ([[maybe_unused]] auto iteration : state) {
    if (!has_succeeded(path, argument)) {
      state.SkipWithError((path + " is not built, or fails").c_str());
    }
  }
  report_per(state, "start");
}

}  // namespace tarama::bench
