// ANSI control sequences, and the signals after which the cursor must be visible again.
#include "cli/live/live_terminal.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <system_error>
#include <unistd.h>

namespace tarama::cli {
namespace {

constexpr std::string_view hide_cursor = "\x1b[?25l";
constexpr std::string_view show_cursor = "\x1b[?25h";

constexpr std::array ending_signals = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTSTP};
std::array<struct sigaction, ending_signals.size()> actions_before_view;
struct sigaction previous_continue;

void write_now(std::string_view text) {
  // Nothing can be done in a handler where the terminal is gone.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

/// Shows the cursor, then lets the signal do what it would have done.
extern "C" void show_cursor_and_go(int number) {
  write_now(show_cursor);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    if (ending_signals[i] == number) {
      sigaction(number, &actions_before_view[i], nullptr);
    }
  }
  raise(number);
}

/// One that the process was started to ignore stays ignored.
void catch_signal(int number, struct sigaction* previous) {
  if (previous != nullptr) {
    sigaction(number, nullptr, previous);
    if (previous->sa_handler == SIG_IGN) {
      return;
    }
  }

  struct sigaction action {};

  action.sa_handler = show_cursor_and_go;
  action.sa_flags = SA_NODEFER | SA_RESTART;  // raise() must act inside the handler
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

extern "C" void hide_cursor_again(int) {
  const int saved_errno = errno;
  write_now(hide_cursor);
  if (actions_before_view.back().sa_handler != SIG_IGN) {
    catch_signal(SIGTSTP, nullptr);
  }
  errno = saved_errno;
}

std::size_t columns_of(int descriptor, std::size_t otherwise) {
  struct winsize size {};

  const bool is_known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : otherwise;
}

}  // namespace

TerminalSize terminal_size() {
  struct winsize size {};

  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

std::size_t output_columns() {
  // COLUMNS is what people set where there is no terminal to ask.
  const char* const columns = std::getenv("COLUMNS");
  std::size_t otherwise = 100;
  if (columns != nullptr) {
    const std::string_view text(columns);
    std::size_t wanted = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), wanted);
    const bool is_sane =
        code == std::errc{} && end == text.data() + text.size() && wanted >= 20 && wanted <= 1000;
    otherwise = is_sane ? wanted : otherwise;
  }
  return columns_of(STDOUT_FILENO, otherwise);
}

LiveTerminal::LiveTerminal(std::ostream& stream) : stream_(stream) {
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    catch_signal(ending_signals[i], &actions_before_view[i]);
  }

  struct sigaction action {};

  action.sa_handler = hide_cursor_again;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGCONT, &action, &previous_continue);
  stream_ << hide_cursor << std::flush;
}

LiveTerminal::~LiveTerminal() {
  erase();
  stream_ << show_cursor << std::flush;
  sigaction(SIGCONT, &previous_continue, nullptr);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    sigaction(ending_signals[i], &actions_before_view[i], nullptr);
  }
}

void LiveTerminal::draw(const std::vector<std::string>& lines) {
  // One write per frame, each line cleared behind its text: no flicker.
  std::string frame = drawn_ > 0 ? fmt::format("\x1b[{}F", drawn_) : "";
  for (const std::string& line : lines) {
    frame += line + "\x1b[K\n";
  }
  stream_ << frame << "\x1b[J" << std::flush;
  drawn_ = lines.size();
}

void LiveTerminal::print_above(const std::string& line) {
  erase();
  stream_ << line << '\n';
}

void LiveTerminal::erase() {
  if (drawn_ > 0) {
    stream_ << fmt::format("\x1b[{}F\x1b[J", drawn_) << std::flush;
    drawn_ = 0;
  }
}

}  // namespace tarama::cli
