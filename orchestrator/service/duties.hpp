// What must follow a commit: written in its transaction, done behind it, struck off when done, and
// taken up again after a crash. So it is done at least once.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "db/run_store.hpp"
#include "orchestrator/loop/errands.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "orchestrator/workers/child_process.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace tarama::orchestrator {

/// The numbers of sweeps and runs at the moment of asking.
struct DutyView {
  const Catalog& catalog;
  const Scheduler& scheduler;
};

struct DutyHandlers {
  std::function<void(const db::Duty&)> done;  // to be struck off
  std::function<void()> changed;              // fewer are open than before
};

/// An `on_end` that runs.
struct RunningCommand {
  SweepId sweep;
  std::int64_t pid = 0;
  std::chrono::milliseconds running{};
};

/// On the loop's thread.
class Duties {
 public:
  Duties(boost::asio::any_io_executor loop,
         Errands& errands,
         DutyView view,
         std::filesystem::path store,
         std::int64_t last_duty,
         DutyHandlers handlers);
  ~Duties();  // ends the commands that still run; their duties stay in the store

  /// What follows from the effects, numbered: rows for their transaction.
  [[nodiscard]] std::vector<db::Duty> that_follow(const Effects& effects);

  /// Somebody gave the sweep an order: its next pause is news.
  void steered(SweepId sweep) { known_pauses_.erase(sweep); }

  /// Does it; once it is committed, or again after a crash.
  void perform(const db::Duty& duty);

  /// Being done at the moment.
  [[nodiscard]] std::int64_t open() const { return open_; }

  /// Of this sweep.
  [[nodiscard]] bool has_open(SweepId sweep) const;

  /// The commands that run now, the longest running first.
  [[nodiscard]] std::vector<RunningCommand> commands() const;

  /// Time passes: commands that take too long, or do not end when asked to, are ended.
  void tick(std::chrono::milliseconds awake);
  /// Commands are asked to end, and none is begun any more: they stay in the store, for the next
  /// start. All else goes on.
  void end_commands(std::chrono::milliseconds awake);
  /// Nothing new is begun any more, and commands are killed.
  void stop();

 private:
  /// An `on_end` at work.
  struct Command {
    db::Duty duty;
    /// nullptr: that of an orchestrator that died is still at work, and comes first.
    std::unique_ptr<ChildProcess> process;
    std::chrono::milliseconds began{};  // awake, as the next one
    std::optional<std::chrono::milliseconds> asked_to_end_at{};
    bool is_overdue = false;
  };

  /// Why a sweep pauses by itself.
  enum class Pause { full_disk, alike_failures, sick_devices };

  [[nodiscard]] bool is_news(const PersistSweep& pause);

  /// Whether a duty is struck off, or is there again at the next start.
  enum class Outcome { done, left };

  [[nodiscard]] bool is_time_to_prune(SweepId sweep) const;
  void on_end(const db::Duty& duty);
  void prune_models(const db::Duty& duty);
  void remove_checkpoints(const db::Duty& duty);
  void remove_state(const db::Duty& duty);
  void remove(const db::Duty& duty, const std::filesystem::path& folder);
  void start_command(Command& command, const OpenSweep& rows);
  void tend(Command& command);
  void command_ended(const db::Duty& duty, const ProcessEnd& end);
  void ask_to_end(Command& command);
  void finish(const db::Duty& duty, Outcome outcome = Outcome::done);

  boost::asio::any_io_executor loop_;
  Errands& errands_;
  DutyView view_;
  std::filesystem::path store_;
  std::int64_t last_duty_;
  DutyHandlers handlers_;
  std::int64_t open_ = 0;
  std::map<SweepId, std::int64_t> open_of_sweep_;
  std::map<SweepId, std::set<Pause>> known_pauses_;  // told, and nothing has changed since
  std::map<std::int64_t, Command> commands_;         // by duty
  std::chrono::milliseconds now_{};                  // awake, at the last tick
  bool is_ending_commands_ = false;
  bool is_stopped_ = false;
};

}  // namespace tarama::orchestrator
