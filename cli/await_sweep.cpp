// See await_sweep.hpp; what is drawn is decided in live_view.cpp.
#include "cli/await_sweep.hpp"

#include "cli/levels_text.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/live/live_view.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/stop_mark.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_width.hpp"
#include "documents/sweep_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tarama::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Fast enough for the eye, and a status costs what it shows, however many runs the sweep has.
constexpr std::chrono::milliseconds poll_interval{200};
// Ranking reads all levels from the database: not at every frame.
constexpr std::chrono::seconds best_interval{2};

std::optional<BestSoFar> best_so_far(const SweepResult& result) {
  const RankedLevel* const best = result.best();
  if (best == nullptr) {
    return std::nullopt;
  }
  return BestSoFar{best->params,
                   best->answer.score.value_or(0),
                   best->answer.compared_values,
                   best->summary().planned};
}

/// The best level of a sweep by what the database has, read again now and then.
class BestReader {
 public:
  explicit BestReader(const Context& context) : context_(context) {}

  const std::optional<BestSoFar>& of(const SweepStatus& sweep) {
    const bool is_news = sweep.sweep != sweep_ || runs_over(sweep.account) != runs_done_;
    if (is_news && Clock::now() >= next_) {
      next_ = Clock::now() + best_interval;
      sweep_ = sweep.sweep;
      runs_done_ = runs_over(sweep.account);
      best_ = read();
    }
    return best_;
  }

 private:
  /// Nothing where the database cannot be read: the view goes without, the result will tell.
  std::optional<BestSoFar> read() const {
    const auto store = db::ReadStore::open(context_.folder().database());
    if (!store) {
      return std::nullopt;
    }
    auto result = read_sweep_result(*store, sweep_);
    return result ? best_so_far(*result) : std::nullopt;
  }

  const Context& context_;
  SweepId sweep_;
  std::int64_t runs_done_ = -1;
  Clock::time_point next_;
  std::optional<BestSoFar> best_;
};

/// Where progress goes: the live view, lines, or nowhere.
class ProgressView {
 public:
  ProgressView(const Context& context, Progress progress)
      : context_(context), is_shown_(progress == Progress::shown), best_(context) {
    const bool is_dumb = context.environment("TERM").value_or("dumb") == "dumb";
    if (is_shown_ && context.streams.err_is_terminal && !is_dumb) {
      terminal_ = std::make_unique<LiveTerminal>(context.streams.err);
    }
  }

  /// On a terminal, where what waits is on view.
  [[nodiscard]] bool is_live() const { return terminal_ != nullptr; }

  /// Of many sweeps, the view leaves out those that are over.
  void show(StatusDocument status) {
    if (is_shown_) {
      show_all_finished(status);
      say_why_it_rests(status);
    }
    if (terminal_ != nullptr) {
      const TerminalSize size = terminal_size();
      const Frame frame{size.columns, size.rows, context_.err_style()};
      if (status.sweeps.size() > 1) {
        std::erase_if(status.sweeps, [](const SweepStatus& sweep) { return sweep.is_over(); });
      }
      const bool has_one = status.sweeps.size() == 1;
      std::vector<std::string> lines =
          live_lines(status, has_one ? best_.of(status.sweeps.front()) : std::nullopt, frame);
      std::ranges::transform(
          lines, lines.begin(), [this](const std::string& line) { return in_glyphs(line); });
      terminal_->draw(lines);
    }
  }

 private:
  /// A line as the locale can show it.
  [[nodiscard]] std::string in_glyphs(const std::string& line) const {
    return glyphs_of(context_.environment) == Glyphs::ascii ? in_ascii(line) : line;
  }

  /// `left`: how many runs of its sweep are listed from this one on, itself included.
  void show_finished(const FinishedRun& run, const SweepStatus& sweep, std::int64_t left) {
    const std::int64_t done = runs_over(sweep.account) - left + 1;
    const std::string line = in_glyphs(finished_line(run, done, sweep.runs_in_the_end()));
    if (terminal_ == nullptr) {
      context_.streams.err << line << std::endl;  // flushed: logs are tailed
    } else if (run.state == "failed") {
      terminal_->print_above(context_.err_style()(Paint::red, line));
    }
  }

  /// The runs that ended, each with how many of its sweep were over by then.
  void show_all_finished(const StatusDocument& status) {
    for (const SweepStatus& sweep : status.sweeps) {
      std::int64_t left = std::count_if(
          status.finished.begin(), status.finished.end(), [&](const FinishedRun& run) {
            return run.sweep == sweep.sweep;
          });
      for (const FinishedRun& run : status.finished) {
        if (run.sweep == sweep.sweep) {
          show_finished(run, sweep, left--);
        }
      }
    }
  }

  /// Of a sweep that is paused, once for each reason: whoever waits for it would not see it in
  /// lines.
  void say_why_it_rests(const StatusDocument& status) {
    for (const SweepStatus& sweep : status.sweeps) {
      const bool is_paused = sweep.state == name_of(SweepState::paused) && !sweep.waiting.empty();
      const std::string reason = is_paused ? sweep.waiting.front().reason : "";
      if (terminal_ == nullptr && is_paused && said_[sweep.sweep] != reason) {
        context_.note(fmt::format("sweep {}: {}", sweep.sweep, reason));
      }
      said_[sweep.sweep] = reason;
    }
  }

  const Context& context_;
  bool is_shown_;
  std::map<SweepId, std::string> said_;
  BestReader best_;
  std::unique_ptr<LiveTerminal> terminal_;
};

Result<StatusDocument> read_status(const Context& context,
                                   const std::optional<SweepId>& sweep,
                                   std::int64_t since) {
  nlohmann::ordered_json question = {{"do", "status"}, {"since", since}};
  if (sweep) {
    question["sweep"] = sweep->value;
  }
  const auto reply = ask_orchestrator(context, question);
  if (!reply) {
    return reply.error();
  }
  auto status = status_from_json(*reply);
  if (status && sweep) {
    std::erase_if(status->sweeps, [&](const SweepStatus& s) { return s.sweep != *sweep; });
    std::erase_if(status->finished, [&](const FinishedRun& run) { return run.sweep != *sweep; });
  }
  return status;
}

bool is_all_over(const StatusDocument& status) {
  return std::all_of(status.sweeps.begin(), status.sweeps.end(), [](const SweepStatus& sweep) {
    return sweep.is_over();
  });
}

/// Off a terminal, where nothing moves: says each reason once, and with it how to go on. How many
/// runs wait changes all the time, and is no reason.
class StandstillNotes {
 public:
  StandstillNotes(const Context& context, Progress progress)
      : context_(context), are_pauses_said_(progress == Progress::shown) {}

  void look(const StatusDocument& status) {
    for (const SweepStatus& sweep : status.sweeps) {
      const bool is_said = are_pauses_said_ && sweep.state == name_of(SweepState::paused);
      const bool stands_still =
          !is_said && !sweep.is_over() && sweep.account.leased + sweep.account.running == 0;
      look(known_[sweep.sweep], sweep, stands_still);
    }
  }

 private:
  struct Standstill {
    std::optional<Clock::time_point> since;
    std::set<std::string> said;
  };

  void look(Standstill& known, const SweepStatus& sweep, bool stands_still) {
    // What a start or a change of workers takes is no standstill.
    constexpr std::chrono::seconds noticed_after{2};
    if (!stands_still) {
      known.since.reset();
      return;
    }
    known.since = known.since.value_or(Clock::now());
    if (Clock::now() - *known.since < noticed_after) {
      return;
    }
    for (const WaitingStatus& waiting : sweep.waiting) {
      if (known.said.insert(waiting.reason).second) {
        context_.note(fmt::format("sweep {}: {} waiting: {}",
                                  sweep.sweep,
                                  counted(waiting.runs, "run"),
                                  printable(waiting.reason)));
      }
    }
  }

  const Context& context_;
  bool are_pauses_said_;  // by the progress
  std::map<SweepId, Standstill> known_;
};

/// The time without an orchestrator, once one has answered: one that ended with its own sweep, or
/// that died, and perhaps is started again.
class Absence {
 public:
  Absence(const Context& context, const AwaitRequest& request)
      : context_(context), request_(request) {}

  void has_answered() {
    has_met_it_ = true;
    is_away_ = false;
  }

  /// Whether to wait on, now that it did not answer; says so once.
  bool is_bearable() {
    const auto peer = find_orchestrator(context_);
    const bool is_there = peer && *peer;  // and means what it says
    if (!has_met_it_ || is_there || is_marked_as_stopped(context_)) {
      return false;
    }
    if (!is_away_) {
      is_away_ = true;
      began_ = Clock::now();
      if (request_.patience > std::chrono::milliseconds(0)) {
        context_.note(fmt::format(
            "the orchestrator of {} is gone; waiting {} s for the next one",
            context_.store().string(),
            std::chrono::duration_cast<std::chrono::seconds>(request_.patience).count()));
      }
    }
    return Clock::now() - began_ < request_.patience;
  }

  /// What it may have ended behind.
  [[nodiscard]] bool is_sweep_over() const {
    const auto store = db::ReadStore::open(context_.folder().database());
    const auto info = store && request_.sweep ? store->sweep(*request_.sweep)
                                              : Result<db::SweepInfo>(Error{Errc::not_found, ""});
    return info && runs_over(info->account) == info->account.planned;
  }

 private:
  const Context& context_;
  const AwaitRequest& request_;
  bool has_met_it_ = false;
  bool is_away_ = false;
  Clock::time_point began_{};
};

/// A signal, or the limit.
std::optional<AwaitEnd> end_without_sweep(const AwaitRequest& request,
                                          Clock::time_point start,
                                          const Interrupts& interrupts) {
  const bool is_late = request.limit && Clock::now() - start >= *request.limit;
  return interrupts.count() > 0 ? std::optional(AwaitEnd::interrupted)
         : is_late              ? std::optional(AwaitEnd::timed_out)
                                : std::nullopt;
}

/// Runs are to be handed out, and none is on its way.
bool is_any_stuck(const StatusDocument& status) {
  return std::any_of(status.sweeps.begin(), status.sweeps.end(), [](const SweepStatus& sweep) {
    return sweep.state == name_of(SweepState::running) && sweep.account.pending > 0 &&
           sweep.account.leased + sweep.account.running == 0;
  });
}

}  // namespace

Result<AwaitEnd> await_sweep(const Context& context,
                             const AwaitRequest& request,
                             Interrupts& interrupts) {
  const auto start = Clock::now();
  std::int64_t since = request.since;
  ProgressView view(context, request.progress);
  StandstillNotes standstill(context, request.progress);
  Absence absence(context, request);
  while (true) {
    auto status = read_status(context, request.sweep, since);
    if (!status) {
      const bool is_bearable = absence.is_bearable();
      if (absence.is_sweep_over()) {
        return AwaitEnd::over;
      }
      if (!is_bearable) {
        return status.error();
      }
      if (const auto end = end_without_sweep(request, start, interrupts)) {
        return *end;
      }
      since = 0;  // the next one counts anew
      interrupts.wait(poll_interval);
      continue;
    }
    absence.has_answered();
    // A reply holds a limited number of finished runs: the rest comes with the next one.
    const bool has_more = status->next.value_or(since) > since;
    since = std::max(since, status->next.value_or(since));
    if (request.on_finished) {
      std::for_each(status->finished.begin(), status->finished.end(), request.on_finished);
    }
    view.show(*status);
    if (!view.is_live()) {
      standstill.look(*status);
    }
    if (is_all_over(*status) && !has_more) {
      return AwaitEnd::over;
    }
    if (status->trouble && status->workers.empty() && is_any_stuck(*status)) {
      // Nobody trains and nobody can: waiting on would be waiting for ever.
      return Error{Errc::io, *status->trouble};
    }
    if (const auto end = end_without_sweep(request, start, interrupts)) {
      return *end;
    }
    interrupts.wait(has_more ? std::chrono::milliseconds(0) : poll_interval);
  }
}

Result<std::int64_t> finished_cursor(const Context& context) {
  std::int64_t cursor = 0;
  while (true) {
    const auto status = read_status(context, std::nullopt, cursor);
    if (!status || status->next.value_or(cursor) <= cursor) {
      return status ? Result<std::int64_t>(cursor) : status.error();
    }
    cursor = *status->next;
  }
}

Result<void> await_commit(const db::ReadStore& store, SweepId sweep) {
  // A commit needs a small part of this (docs/PERFORMANCE.md, `store/rows, a batch at a time`); a
  // disk that needs longer has stopped to answer.
  constexpr std::chrono::seconds longest{10};
  const auto start = Clock::now();
  while (true) {
    const auto info = store.sweep(sweep);
    if (!info) {
      return info.error();
    }
    if (runs_over(info->account) == info->account.planned) {
      return {};
    }
    if (Clock::now() - start > longest) {
      return Error{Errc::timed_out,
                   "the sweep is over, but its last results are not in the database after 10 s"};
    }
    poll(nullptr, 0, 10);
  }
}

}  // namespace tarama::cli
