// See program_verdict.hpp.
#include "worker/program/program_verdict.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstring>
#include <string_view>
#include <sys/wait.h>

namespace tarama::program {

namespace {

/// The signal that ended it, also where a shell around it says so by its exit code; 0: none.
int signal_of(int status) {
  if (WIFSIGNALED(status)) {
    return WTERMSIG(status);
  }
  constexpr int by_a_shell = 128;
  constexpr std::array deadly = {SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTERM};
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  for (const int number : deadly) {
    if (code == by_a_shell + number) {
      return number;
    }
  }
  return 0;
}

std::string with_last_line(std::string text, const ProgramStory& story) {
  return story.last_line.empty()
             ? text
             : fmt::format("{}; the last line of its log: '{}'", text, story.last_line);
}

Verdict failure_of(FailureClass failure, std::string message) {
  return {AttemptEnd::failed, failure, std::move(message)};
}

Verdict on_success(const ProgramStory& story) {
  const bool lacks_metric = !story.value && !story.has_reported_before;
  if (lacks_metric) {
    return failure_of(
        FailureClass::program_error,
        fmt::format("it ended well, but never reported '{}' (metric.name); it reported {}{}",
                    story.metric,
                    story.reported_names.empty() ? "nothing" : story.reported_names,
                    story.near_miss.empty()
                        ? ""
                        : fmt::format("; a line with that name was no report, which is JSON such "
                                      "as {{\"{}\": 0.5}} and nothing else: {}",
                                      story.metric,
                                      story.near_miss)));
  }
  const bool is_number =
      !story.value || (story.takes_best ? story.has_reported_number : std::isfinite(*story.value));
  if (!is_number) {
    return failure_of(
        FailureClass::diverged,
        fmt::format("the last '{}' that it reported is {}", story.metric, *story.value));
  }
  return {};
}

Verdict on_start_problem(const ProgramStory& story) {
  const int reason = story.end.start_problem;
  const bool is_missing =
      reason == ENOENT || reason == EACCES || reason == ENOTDIR || reason == ENOEXEC;
  if (reason == ENOENT && story.is_there) {
    return failure_of(
        FailureClass::bad_data,
        fmt::format("'{}' is there, but what its first line (#!) names is not; a line "
                    "end of Windows there counts as part of the name",
                    story.name));
  }
  return failure_of(
      is_missing ? FailureClass::bad_data : FailureClass::exited,
      fmt::format("'{}' cannot be run in {}: {}", story.name, story.folder, std::strerror(reason)));
}

Verdict on_signal(int number, const ProgramStory& story) {
  if (number == SIGKILL && story.met_the_oom_killer) {
    return failure_of(FailureClass::out_of_memory,
                      with_last_line("the kernel killed it for want of memory", story));
  }
  return failure_of(
      FailureClass::crashed,
      with_last_line(fmt::format("ended by signal {} ({})", number, strsignal(number)), story));
}

Verdict on_code(int code, const ProgramStory& story) {
  if (code == try_again_code) {
    return failure_of(
        FailureClass::exited,
        with_last_line(fmt::format("exit code {}, which asks for another attempt", code), story));
  }
  return failure_of(FailureClass::program_error,
                    with_last_line(fmt::format("exit code {}", code), story));
}

}  // namespace

Verdict verdict_on(const ProgramStory& story) {
  if (story.end.start_problem != 0) {
    return on_start_problem(story);
  }
  if (story.was_asked) {
    return {AttemptEnd::stopped, {}, {}};
  }
  if (story.too_much_memory) {
    return failure_of(FailureClass::out_of_memory, with_last_line(*story.too_much_memory, story));
  }
  if (story.was_silent) {
    return failure_of(FailureClass::hung,
                      with_last_line(fmt::format("it said nothing for {} s (trainer.silence)",
                                                 story.silence.count() / 1000),
                                     story));
  }
  if (!story.end.is_known) {
    return failure_of(FailureClass::crashed,
                      "the process that watches over it was killed, and so it was ended");
  }
  const int status = story.end.status;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return on_success(story);
  }
  if (story.rule) {
    return failure_of(story.rule->failure,
                      with_last_line(fmt::format("its log says '{}'", story.rule->text), story));
  }
  const int number = signal_of(status);
  return number != 0 ? on_signal(number, story) : on_code(WEXITSTATUS(status), story);
}

}  // namespace tarama::program
