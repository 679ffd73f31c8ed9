// A program that runs under its guard, as its worker sees it: two streams of output, orders, and an
// end. Never blocks but where it starts.
#pragma once

#include "core/sweep/result.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tarama::program {

struct ProgramStart {
  std::vector<std::string> arguments;  // the program first, looked for as a shell does
  std::string folder;
  /// Set beside what this process has; a name without a value is taken away.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  /// Where the guard puts what the worker has not read of the output when it dies; -1: nowhere.
  int journal = -1;
};

/// What became of it.
struct ProgramEnd {
  int start_problem = 0;  // an errno: it never ran
  int status = 0;         // as waitpid says, if it ran
  bool is_known = true;   // false: its guard died before it could say
};

/// Destroying it kills what runs and waits for the guard.
class GuardedProgram {
 public:
  [[nodiscard]] static Result<GuardedProgram> start(const ProgramStart& start);
  ~GuardedProgram();
  GuardedProgram(GuardedProgram&& other) noexcept;
  GuardedProgram& operator=(GuardedProgram&&) = delete;
  GuardedProgram(const GuardedProgram&) = delete;
  GuardedProgram& operator=(const GuardedProgram&) = delete;

  // For poll; all are non-blocking.
  [[nodiscard]] int output() const { return output_; }

  [[nodiscard]] int errors() const { return errors_; }

  [[nodiscard]] int reports() const { return reports_; }

  /// Reads what the guard reports; to be called when there is something. Set once nothing of the
  /// program is left.
  [[nodiscard]] const std::optional<ProgramEnd>& end();

  void ask_to_end();
  void kill();

  /// Above all processes of the program.
  [[nodiscard]] pid_t guard() const { return guard_; }

 private:
  GuardedProgram() = default;

  void order(char what) const;
  void take_reports();

  pid_t guard_ = -1;
  int lifeline_ = -1;
  int output_ = -1;
  int errors_ = -1;
  int reports_ = -1;
  std::string report_;  // so far
  bool is_guard_gone_ = false;
  std::optional<ProgramEnd> end_;
};

}  // namespace tarama::program
