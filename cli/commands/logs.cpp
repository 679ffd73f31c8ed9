// `tarama logs RUN`: what the worker printed, to the end or as it comes.
#include "cli/attempt_log.hpp"
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/terminal_text.hpp"
#include "core/sweep/run_state.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>

namespace tarama::cli {
namespace {

struct LogsOptions {
  std::string run;
  std::int64_t attempt = 0;  // 0: the newest
  bool is_following = false;
  bool is_raw = false;
};

/// Prints a growing file, each byte once.
class LogPrinter {
 public:
  LogPrinter(std::ostream& out, bool is_raw) : out_(out), is_raw_(is_raw) {}

  /// What has come since the last call; a file before this one to its end. False where there is no
  /// such file (yet).
  bool print_news(const std::filesystem::path& file) {
    if (file != file_) {
      print_rest();
      file_ = file;
      printed_ = 0;
    }
    return print(Ending::may_follow);
  }

  /// What is left where nothing will follow.
  void print_rest() {
    if (!file_.empty()) {
      print(Ending::is_there);
    }
  }

 private:
  enum class Ending { may_follow, is_there };

  bool print(Ending ending) {
    constexpr std::size_t part_bytes = 64 * 1024;
    while (true) {
      const auto part = log_part(file_, printed_, part_bytes);
      if (!part) {
        return false;
      }
      std::size_t shown = is_raw_ ? part->size() : whole_characters(*part);
      if (shown == 0 && ending == Ending::is_there) {
        shown = part->size();
      }
      if (shown == 0 || !out_) {
        return true;
      }
      const std::string text = part->substr(0, shown);
      out_ << (is_raw_ ? text : for_terminal(text)) << std::flush;
      printed_ += static_cast<std::int64_t>(shown);
    }
  }

  std::ostream& out_;
  bool is_raw_ = false;
  std::filesystem::path file_;
  std::int64_t printed_ = 0;
};

Error no_log(const db::RunInfo& run, Attempt attempt) {
  if (run.standing.attempt == Attempt{}) {
    return {Errc::not_found,
            fmt::format("run {} has not been started: it has no log yet", run.run)};
  }
  return {Errc::not_found, fmt::format("run {} has no log of attempt {}", run.run, attempt)};
}

Attempt wanted_attempt(const db::RunInfo& run, const LogsOptions& options) {
  return options.attempt > 0 ? Attempt{options.attempt} : run.standing.attempt;
}

/// Prints what comes until the run is over, or Ctrl-C. A new attempt's log follows its
/// predecessor's.
ExitCode follow(const Context& context,
                const db::ReadStore& store,
                RunId id,
                const LogsOptions& options) {
  // A person does not see less; each look is two small reads.
  constexpr std::chrono::milliseconds interval{200};
  Interrupts interrupts;
  LogPrinter printer(context.streams.out, options.is_raw);
  while (interrupts.count() == 0) {
    // The state first: what was written before the run ended is then read behind it.
    const auto run = store.run(id);
    if (!run) {
      return context.fail(run.error());
    }
    printer.print_news(context.folder().attempt_log(id, wanted_attempt(*run, options)));
    const bool is_past = options.attempt > 0 && Attempt{options.attempt} < run->standing.attempt;
    if (is_terminal(run->standing.state) || is_past || !context.streams.out) {
      printer.print_rest();
      return ExitCode::done;  // or nobody reads on
    }
    interrupts.wait(interval);
  }
  return ExitCode::interrupted;
}

ExitCode logs(const Context& context, const LogsOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return context.fail(store.error());
  }
  const auto run = find_run_to_read(*store, options.run);
  if (!run) {
    return context.fail(run.error());
  }
  if (options.run.find_first_not_of("0123456789") != std::string::npos || options.run.empty()) {
    context.note(fmt::format("run {} of sweep {}", run->run, run->sweep));
  }
  if (options.is_following) {
    return follow(context, *store, run->run, options);
  }
  const Attempt attempt = wanted_attempt(*run, options);
  LogPrinter printer(context.streams.out, options.is_raw);
  if (!printer.print_news(context.folder().attempt_log(run->run, attempt))) {
    return context.fail(no_log(*run, attempt));
  }
  printer.print_rest();
  return ExitCode::done;
}

}  // namespace

Command logs_command() {
  return {"logs",
          "What the worker printed while it trained a run",
          "tarama logs 7 --follow",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<LogsOptions>();
            app.add_option("RUN", options->run, run_help);
            app.add_flag(
                "-f,--follow", options->is_following, "Print what comes, until the run ends");
            app.add_flag(
                "--raw", options->is_raw, "The bytes as they are, also those that steer terminals");
            app.add_option("--attempt", options->attempt, "Of this attempt; default: the newest")
                ->type_name("N")
                ->check(CLI::PositiveNumber);
            return [options](const Context& context) { return logs(context, *options); };
          }};
}

}  // namespace tarama::cli
