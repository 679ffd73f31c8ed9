// What the end of a program means for its attempt: by its exit code or signal, by what it was
// asked, by texts in its log, by what it has reported. Pure.
#pragma once

#include "core/sweep/program_spec.hpp"
#include "core/sweep/run_state.hpp"
#include "worker/program/guarded_program.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace tarama::program {

/// What has been seen of a program by its end.
struct ProgramStory {
  ProgramEnd end;
  std::string name;         // the first of its arguments
  std::string folder;       // that it ran in
  bool is_there = false;    // its file, where it has the name of one
  bool was_asked = false;   // to end, for whatever reason
  bool was_silent = false;  // killed for that
  std::chrono::milliseconds silence{};
  std::optional<std::string> too_much_memory{};  // why it was killed, if for that
  bool met_the_oom_killer = false;  // the kernel has killed for want of memory meanwhile
  std::optional<LogRule> rule{};    // of `on_log`, that a line has fit
  std::string last_line{};
  std::string metric{};              // that success asks for
  std::optional<double> value{};     // what it has last reported of it
  bool has_reported_before = false;  // an earlier attempt has
  bool takes_best = false;           // any number of the metric will do
  bool has_reported_number = false;  // a finite one
  std::string reported_names{};      // for a person; empty: none
  std::string near_miss{};           // a line with the metric's name that was no report; or none
};

struct Verdict {
  AttemptEnd end = AttemptEnd::succeeded;
  FailureClass failure = FailureClass::program_error;
  std::string message{};

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// EX_TEMPFAIL: "try again".
inline constexpr int try_again_code = 75;

[[nodiscard]] Verdict verdict_on(const ProgramStory& story);

}  // namespace tarama::program
