// One loop over two streams of output, the guard's reports and the clock.
#include "worker/program/program_run.hpp"

#include "worker/program/metric_lines.hpp"
#include "worker/program/output_lines.hpp"
#include "worker/program/program_log.hpp"
#include "worker/program/tree_memory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tarama::program {

namespace {

using RunClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How often a silent program is looked after: a stop is held to that, and it costs nothing.
constexpr milliseconds longest_look{50};
// A look that took longer than this was no look: the worker was stopped, or the machine slept. That
// time counts against nobody.
constexpr milliseconds longest_tick{1000};
// A file's last lines are looked for between two looks at the program as often as this.
constexpr milliseconds source_pause{100};
constexpr std::size_t names_shown = 8;
// A look at memory reads a file of each process of the machine. In half a second a program takes
// some GB at most: whoever allows it less than that has as much to spare.
constexpr milliseconds memory_pause{500};
// A mark waits for the store: commits take some ms, and a spool 100 ms. In the middle of a run only
// what the program prints meanwhile is at stake, at its end who comes next may read again.
constexpr milliseconds longest_wait_for_mark{500};
constexpr milliseconds longest_wait_at_end{5000};

// PyTorch's words, Python's, and the system's.
const std::array<LogRule, 3> usual_rules = {
    LogRule{"CUDA out of memory", FailureClass::out_of_memory},
    LogRule{"MemoryError", FailureClass::out_of_memory},
    LogRule{"No space left on device", FailureClass::disk_full}};

std::int64_t wall_milliseconds() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since_epoch).count();
}

/// How often the kernel has killed for want of memory, of /proc/vmstat; 0 where it does not say.
std::int64_t oom_kills() {
  std::ifstream file("/proc/vmstat");
  std::string name;
  std::int64_t count = 0;
  while (file >> name >> count) {
    if (name == "oom_kill") {
      return count;
    }
  }
  return 0;
}

class ProgramRun {
 public:
  ProgramRun(ProgramJob& job, GuardedProgram& program, ProgramHost& host)
      : job_(job),
        program_(program),
        host_(host),
        log_([&host](const std::string& line) { host.on_line(line); }) {}

  Verdict watch() {
    while (!program_.end()) {
      wait();
      read_all();
      look_at_source(source_pause);
      mark_what_is_stored();
      if (host_.should_end() && !is_asked_) {
        ask_to_end();
      }
      look_at_the_time();
      look_at_memory();
    }
    read_all();
    output_.finish([this](std::string_view line, bool is_whole) { printed(line, is_whole); });
    errors_.finish([this](std::string_view line, bool /*is_whole*/) { said(line); });
    look_at_source(milliseconds(0));
    if (job_.source != nullptr) {
      report(job_.source->finish(wall_milliseconds()));
      say(job_.source->take_remark());
    }
    log_.finish();
    if (job_.journal && host_.are_reports_kept(longest_wait_at_end)) {
      job_.journal->give_up();
    }
    return verdict_on(story());
  }

 private:
  void wait() {
    std::array<pollfd, 3> sources = {pollfd{has_output_ ? program_.output() : -1, POLLIN, 0},
                                     pollfd{has_errors_ ? program_.errors() : -1, POLLIN, 0},
                                     pollfd{program_.reports(), POLLIN, 0}};
    ::poll(sources.data(), sources.size(), static_cast<int>(longest_look.count()));
    const auto now = RunClock::now();
    const auto passed = std::chrono::duration_cast<milliseconds>(now - looked_at_);
    awake_ += std::min(passed, longest_tick);
    looked_at_ += passed;
  }

  void read_all() {
    if (has_output_) {
      const auto read_some = [this](std::span<char> block) {
        return may_report() && job_.journal ? job_.journal->take(program_.output(), block)
                                            : ::read(program_.output(), block.data(), block.size());
      };
      has_output_ = read(read_some, [this](std::string_view bytes) {
        output_.add(bytes,
                    [this](std::string_view line, bool is_whole) { printed(line, is_whole); });
      });
    }
    if (has_errors_) {
      const auto read_some = [this](std::span<char> block) {
        return ::read(program_.errors(), block.data(), block.size());
      };
      has_errors_ = read(read_some, [this](std::string_view bytes) {
        errors_.add(bytes, [this](std::string_view line, bool /*is_whole*/) { said(line); });
      });
    }
  }

  [[nodiscard]] bool may_report() const {
    return job_.spec.metrics == MetricsFrom::standard_output;
  }

  void mark_what_is_stored() {
    if (!job_.journal || job_.journal->unmarked() < bytes_between_marks ||
        !host_.are_reports_kept(longest_wait_for_mark)) {
      return;
    }
    const auto open = static_cast<std::int64_t>(output_.open_bytes());
    const bool is_within_line = !output_.is_open_line_whole();
    job_.journal->set_mark({.offset = job_.journal->taken() - (is_within_line ? 0 : open),
                            .is_within_line = is_within_line,
                            .before = metrics_.before(),
                            .files = {}});
  }

  /// False: nothing more comes.
  template <class Read, class Take>
  bool read(const Read& read_some, const Take& take) {
    // So many blocks before the other stream and the orders have their turn.
    constexpr int most_blocks = 16;
    std::array<char, 65536> block;
    for (int i = 0; i < most_blocks; ++i) {
      const ssize_t count = read_some(std::span<char>(block));
      if (count < 0) {
        return errno == EAGAIN || errno == EINTR;
      }
      if (count == 0) {
        return false;
      }
      heard_at_ = awake_;
      take(std::string_view(block.data(), static_cast<std::size_t>(count)));
    }
    // At the program's end there is only what the pipe holds, which is less.
    return true;
  }

  void printed(std::string_view line, bool is_whole) {
    if (!is_whole && may_report() && line.starts_with('{')) {
      said(
          fmt::format("[tarama: this line is longer than {} bytes, and no report:]", longest_line));
    }
    const auto rows = is_whole && may_report() ? metrics_.read(line, wall_milliseconds())
                                               : std::vector<ReportedRow>{};
    if (rows.empty()) {
      note_near_miss(line);
      return said(line);
    }
    report(rows);
    say(metrics_.take_remark());
  }

  /// The first line that a person may take for a report of the metric.
  void note_near_miss(std::string_view line) {
    constexpr std::size_t longest = 200;
    const std::string& name = job_.metric.program_name;
    const std::size_t at = line.find(name);
    if (!may_report() || !near_miss_.empty() || at == std::string_view::npos ||
        line.find_first_of("0123456789") == std::string_view::npos) {
      return;
    }
    const auto is_of_word = [&](std::size_t place) {
      return place < line.size() &&
             (std::isalnum(static_cast<unsigned char>(line[place])) != 0 || line[place] == '_');
    };
    if ((at == 0 || !is_of_word(at - 1)) && !is_of_word(at + name.size())) {
      near_miss_ = line.substr(0, longest);
    }
  }

  void say(const std::optional<std::string>& remark) {
    if (remark) {
      said(*remark);
    }
  }

  void said(std::string_view line) {
    if (!rule_) {
      find_rule(job_.spec.on_log, line);
    }
    if (!rule_) {
      find_rule(usual_rules, line);
    }
    log_.add(line);
  }

  void find_rule(const auto& rules, std::string_view line) {
    for (const LogRule& rule : rules) {
      if (line.find(rule.text) != std::string_view::npos) {
        rule_ = rule;
        return;
      }
    }
  }

  void report(const std::vector<ReportedRow>& rows) {
    for (const ReportedRow& row : rows) {
      if (row.name == job_.metric.program_name) {
        take_metric(row);
      }
      if (names_.size() < names_shown) {
        names_.insert(row.name);
      }
      host_.on_report(as_stored(row));
    }
  }

  void take_metric(const ReportedRow& row) {
    has_number_ = has_number_ || std::isfinite(row.value);
    if (row.step >= metric_step_) {
      metric_step_ = row.step;
      value_ = row.value;
    }
  }

  void look_at_source(milliseconds pause) {
    if (job_.source == nullptr || (pause.count() > 0 && awake_ - source_seen_at_ < pause)) {
      return;
    }
    source_seen_at_ = awake_;
    for (auto rows = job_.source->look(wall_milliseconds()); !rows.empty();
         rows = job_.source->look(wall_milliseconds())) {
      heard_at_ = awake_;
      report(rows);
      say(job_.source->take_remark());
      if (pause.count() > 0 && host_.should_end()) {
        return;
      }
    }
  }

  void ask_to_end() {
    is_asked_ = true;
    asked_at_ = awake_;
    std::ofstream(job_.stop_file) << "";  // who cannot hear signals finds it
    program_.ask_to_end();
  }

  void look_at_the_time() {
    if (is_killed_) {
      return;
    }
    const bool is_silent = job_.spec.silence && awake_ - heard_at_ > *job_.spec.silence;
    if (is_asked_ ? awake_ - asked_at_ > job_.spec.grace : is_silent) {
      was_silent_ = !is_asked_;
      is_killed_ = true;
      log_.add_remark(
          is_asked_ ? "[tarama: it was asked to end, and did not within its grace time: killed]"
                    : "[tarama: it was silent for too long: killed]");
      program_.kill();
    }
  }

  void look_at_memory() {
    const bool is_due = awake_ - memory_seen_at_ >= memory_pause;
    if (!job_.spec.memory || is_killed_ || !is_due) {
      return;
    }
    memory_seen_at_ = awake_;
    std::vector<ProcessMemory> tree = tree_below(program_.guard(), "/proc");
    if (!may_be_too_much(tree, *job_.spec.memory)) {
      return;
    }
    ask_shares(tree, "/proc");
    too_much_memory_ = too_much_memory(tree, *job_.spec.memory);
    if (too_much_memory_) {
      is_killed_ = true;
      log_.add_remark(fmt::format("[tarama: {}: killed]", *too_much_memory_));
      program_.kill();
    }
  }

  ProgramStory story() {
    return {.end = *program_.end(),
            .name = job_.start.arguments.front(),
            .folder = job_.start.folder,
            .is_there = is_there(),
            .was_asked = is_asked_,
            .was_silent = was_silent_,
            .silence = job_.spec.silence.value_or(milliseconds(0)),
            .too_much_memory = too_much_memory_,
            .met_the_oom_killer = oom_kills() > oom_kills_before_,
            .rule = rule_,
            .last_line = log_.last_line(),
            .metric = job_.metric.program_name,
            .value = value_,
            .has_reported_before = job_.has_reported_before,
            .takes_best = job_.metric.take == Take::best,
            .has_reported_number = has_number_,
            .reported_names = fmt::format("{}", fmt::join(names_, ", ")),
            .near_miss = near_miss_};
  }

  [[nodiscard]] bool is_there() const {
    const std::string& name = job_.start.arguments.front();
    std::error_code ignored;
    return name.find('/') != std::string::npos &&
           std::filesystem::exists(std::filesystem::path(job_.start.folder) / name, ignored);
  }

  ProgramJob& job_;
  GuardedProgram& program_;
  ProgramHost& host_;
  ProgramLog log_;
  OutputLines output_;
  OutputLines errors_;
  MetricLines metrics_;
  bool has_output_ = true;
  bool has_errors_ = true;
  std::optional<LogRule> rule_;
  std::set<std::string> names_;
  std::string near_miss_;
  std::optional<double> value_;
  std::int64_t metric_step_ = -1;
  bool has_number_ = false;
  const std::int64_t oom_kills_before_ = oom_kills();
  // Time awake since the start.
  RunClock::time_point looked_at_ = RunClock::now();
  milliseconds awake_{0};
  milliseconds heard_at_{0};
  milliseconds source_seen_at_{0};
  milliseconds asked_at_{0};
  milliseconds memory_seen_at_{0};
  std::optional<std::string> too_much_memory_;
  bool is_asked_ = false;
  bool was_silent_ = false;
  bool is_killed_ = false;
};

}  // namespace

Verdict run_program(ProgramJob job, ProgramHost& host) {
  std::error_code ignored;  // one that is not there asks nobody
  std::filesystem::remove(job.stop_file, ignored);
  if (job.journal) {
    job.start.journal = job.journal->descriptor();
  }
  auto program = GuardedProgram::start(job.start);
  if (!program) {
    return {AttemptEnd::failed, FailureClass::exited, program.error().message};
  }
  return ProgramRun(job, *program, host).watch();
}

}  // namespace tarama::program
