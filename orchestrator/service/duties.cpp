// Four kinds of duty, each idempotent or known by its number.
#include "orchestrator/service/duties.hpp"

#include "core/scheduling/alike_failures.hpp"
#include "core/scheduling/retry_policy.hpp"
#include "db/store_folder.hpp"
#include "failpoints/failpoint.hpp"
#include "orchestrator/sweeps/sweep_ending.hpp"
#include "orchestrator/sweeps/taken_models.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <memory>
#include <set>
#include <spdlog/spdlog.h>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace tarama::orchestrator {
namespace {

// From asking a command to end until it is killed, with what it has started: as long as `docker
// stop` and others leave, halved, since somebody waits for it.
constexpr std::chrono::seconds end_grace{5};

/// The detail of a duty to prune models while their sweep goes on.
constexpr std::string_view on_the_way = "on the way";

/// Nobody will go on from the run's checkpoints: it is done, or would diverge at the same step.
bool needs_no_checkpoints(RunState state, std::optional<FailureClass> failure) {
  return state == RunState::succeeded || state == RunState::stopped ||
         (state == RunState::failed && failure == FailureClass::diverged);
}

}  // namespace

Duties::Duties(boost::asio::any_io_executor loop,
               Errands& errands,
               DutyView view,
               std::filesystem::path store,
               std::int64_t last_duty,
               DutyHandlers handlers)
    : loop_(std::move(loop)),
      errands_(errands),
      view_(view),
      store_(std::move(store)),
      last_duty_(last_duty),
      handlers_(std::move(handlers)) {}

Duties::~Duties() = default;

std::vector<db::Duty> Duties::that_follow(const Effects& effects) {
  std::vector<db::Duty> duties;
  const auto add = [&](db::Duty duty) {
    duty.duty = ++last_duty_;
    duties.push_back(std::move(duty));
  };
  const auto add_on_end = [&](SweepId sweep, SweepState state) {
    const OpenSweep* const rows = view_.catalog.find(sweep);
    if (rows != nullptr && !rows->spec().on_end.empty()) {
      add({.kind = db::DutyKind::on_end,
           .sweep = sweep,
           .detail = event_of(state, view_.scheduler.account(sweep))});
    }
  };
  std::vector<RunId> over;
  std::set<SweepId> going_on;  // with a run that has just succeeded
  for (const Effect& effect : effects) {
    if (const auto* run = std::get_if<PersistRun>(&effect);
        run != nullptr && is_terminal(run->standing.state)) {
      over.push_back(run->run);
      const auto sweep = view_.catalog.sweep_of(run->run);
      if (sweep && run->standing.state == RunState::succeeded) {
        going_on.insert(*sweep);
        known_pauses_.erase(*sweep);
      }
    }
    if (const auto* run = std::get_if<PersistRun>(&effect);
        run != nullptr && needs_no_checkpoints(run->standing.state, run->standing.failure)) {
      const auto sweep = view_.catalog.sweep_of(run->run);
      if (sweep && view_.catalog.find(*sweep)->spec().keep.checkpoints != KeepCheckpoints::none) {
        add({.kind = db::DutyKind::remove_checkpoints, .sweep = *sweep, .run = run->run});
      }
    } else if (const auto* quarantine = std::get_if<PersistQuarantine>(&effect);
               quarantine != nullptr && quarantine->ended_at) {
      for (auto& [sweep, known] : known_pauses_) {
        known.erase(Pause::sick_devices);
      }
    } else if (const auto* ended = std::get_if<SweepEnded>(&effect)) {
      const OpenSweep* const rows = view_.catalog.find(ended->sweep);
      if (rows != nullptr && rows->spec().keep.models != KeepModels::none) {
        add({.kind = db::DutyKind::prune_models, .sweep = ended->sweep});
      }
      add_on_end(ended->sweep, view_.scheduler.state(ended->sweep).value_or(SweepState::finished));
    } else if (const auto* sweep = std::get_if<PersistSweep>(&effect);
               sweep != nullptr && sweep->state == SweepState::paused && is_news(*sweep)) {
      add_on_end(sweep->sweep, sweep->state);
    }
  }
  for (const SweepId sweep : going_on) {
    if (is_time_to_prune(sweep)) {
      add({.kind = db::DutyKind::prune_models, .sweep = sweep, .detail = std::string(on_the_way)});
    }
  }
  for (const RunId run : view_.scheduler.unneeded_states(over)) {
    add({.kind = db::DutyKind::remove_state, .sweep = *view_.catalog.sweep_of(run), .run = run});
  }
  return duties;
}

/// A sweep that pauses by itself tries again by and by: in vain, that is the pause that people know
/// of, until a run gets through or somebody gives an order.
bool Duties::is_news(const PersistSweep& pause) {
  if (pause.pause_reason.empty()) {
    return true;  // somebody wanted it
  }
  const auto is_for = [&](std::string_view words) {
    return pause.pause_reason.find(words) != std::string::npos;
  };
  const Pause why = is_for(found_no_room)              ? Pause::full_disk
                    : is_for(scheduling::failed_alike) ? Pause::alike_failures
                                                       : Pause::sick_devices;
  return known_pauses_[pause.sweep].insert(why).second;
}

/// Models need room while a sweep goes on. Each look reads all its levels, so there are at most
/// some dozens of them, however many runs there are.
bool Duties::is_time_to_prune(SweepId sweep) const {
  constexpr std::int64_t most_looks = 64;
  const Account account = view_.scheduler.account(sweep);
  const std::int64_t stride = std::max<std::int64_t>(1, account.planned / most_looks);
  return view_.catalog.find(sweep)->spec().keep.models == KeepModels::best &&
         account.succeeded % stride == 0 && account.pending + account.leased + account.running > 0;
}

void Duties::perform(const db::Duty& duty) {
  if (is_stopped_) {
    return;  // it stays in the store, for the next start
  }
  TARAMA_FAILPOINT("duties.begun");
  ++open_;
  ++open_of_sweep_[duty.sweep];
  switch (duty.kind) {
    case db::DutyKind::on_end:
      return on_end(duty);
    case db::DutyKind::prune_models:
      return prune_models(duty);
    case db::DutyKind::remove_checkpoints:
      return remove_checkpoints(duty);
    case db::DutyKind::remove_state:
      return remove_state(duty);
  }
}

// Behind the errands: the models are pruned before the user's command looks at them.
void Duties::on_end(const db::Duty& duty) {
  errands_.run([] {},
               [this, duty] {
                 const OpenSweep* const rows = view_.catalog.find(duty.sweep);
                 if (is_stopped_ || is_ending_commands_) {
                   return finish(duty, Outcome::left);
                 }
                 if (rows == nullptr || rows->spec().on_end.empty()) {
                   return finish(duty);
                 }
                 Command& command = commands_[duty.duty];
                 command = {.duty = duty, .process = nullptr, .began = now_};
                 start_command(command, *rows);
                 if (!command.process) {
                   spdlog::info(
                       "sweep {}: on_end waits for the one that an earlier orchestrator "
                       "has started, which is still at work",
                       duty.sweep);
                 }
               });
}

void Duties::start_command(Command& command, const OpenSweep& rows) {
  const db::Duty& duty = command.duty;
  ProcessStart start =
      on_end_command(store_, duty, rows.spec(), view_.scheduler.account(duty.sweep));
  const auto limit = rows.spec().on_end_limit;
  if (limit && now_ - command.began > *limit) {
    start.lock.clear();  // who still holds it has had its time
  }
  auto process = ChildProcess::start(
      start, loop_, [this, duty](const ProcessEnd& end) { command_ended(duty, end); });
  if (!process && process.error().code == Errc::refused) {
    return;  // tried again with the next tick
  }
  if (!process) {
    spdlog::error("sweep {}: on_end: {}", duty.sweep, process.error().message);
    command.asked_to_end_at = now_;  // it is over
    return finish(duty);
  }
  spdlog::info("sweep {}: on_end runs (pid {})", duty.sweep, (*process)->pid());
  command.process = std::move(*process);
  command.began = now_;
}

void Duties::command_ended(const db::Duty& duty, const ProcessEnd& end) {
  const auto command = commands_.find(duty.duty);
  const bool is_well = end.code == 0 && end.signal == 0;
  const bool was_cut_short = command != commands_.end() && command->second.asked_to_end_at &&
                             !command->second.is_overdue && !is_well;
  if (was_cut_short) {
    spdlog::warn("sweep {}: on_end was ended; the next orchestrator of this store runs it again",
                 duty.sweep);
    return finish(duty, Outcome::left);
  }
  if (!is_well) {
    spdlog::error("sweep {}: on_end ended with {} {}; it printed to on_end.log in the store",
                  duty.sweep,
                  end.signal != 0 ? "signal" : "code",
                  end.signal != 0 ? end.signal : end.code);
  }
  finish(duty);
}

void Duties::ask_to_end(Command& command) {
  if (command.asked_to_end_at) {
    return;
  }
  command.asked_to_end_at = now_;
  if (command.process) {
    command.process->end_group(SIGTERM);
  } else {
    finish(command.duty, Outcome::left);
  }
}

void Duties::tend(Command& command) {
  const SweepId sweep = command.duty.sweep;
  const OpenSweep* const rows = view_.catalog.find(sweep);
  const auto limit = rows != nullptr ? rows->spec().on_end_limit : std::nullopt;
  if (!command.process) {
    if (rows != nullptr && !command.asked_to_end_at) {
      start_command(command, *rows);
    }
  } else if (limit && !command.asked_to_end_at && now_ - command.began > *limit) {
    spdlog::error("sweep {}: on_end takes longer than its on_end_limit of {} s, and is ended",
                  sweep,
                  std::chrono::duration<double>(*limit).count());
    command.is_overdue = true;
    ask_to_end(command);
  } else if (command.asked_to_end_at && now_ - *command.asked_to_end_at > end_grace) {
    command.process->end_group(SIGKILL);
  }
}

void Duties::tick(std::chrono::milliseconds awake) {
  now_ = awake;
  for (auto& [duty, command] : commands_) {
    tend(command);
  }
}

void Duties::end_commands(std::chrono::milliseconds awake) {
  now_ = awake;
  is_ending_commands_ = true;
  for (auto& [duty, command] : commands_) {
    ask_to_end(command);
  }
}

std::vector<RunningCommand> Duties::commands() const {
  std::vector<RunningCommand> running;
  for (const auto& [duty, command] : commands_) {
    if (command.process) {
      running.push_back({command.duty.sweep, command.process->pid(), now_ - command.began});
    }
  }
  return running;
}

void Duties::prune_models(const db::Duty& duty) {
  const OpenSweep* const rows = view_.catalog.find(duty.sweep);
  if (rows == nullptr) {
    return finish(duty);
  }
  errands_.run(
      [store = store_, duty, spec = rows->spec()] {
        const SweepId sweep = duty.sweep;
        const Pruning when = duty.detail == on_the_way ? Pruning::on_the_way : Pruning::at_the_end;
        if (when == Pruning::at_the_end) {
          if (const Result<void> taken = take_models(store, sweep); !taken) {
            spdlog::error("sweep {}: {}", sweep, taken.error().message);
          }
        }
        if (const Result<void> pruned = orchestrator::prune_models(store, sweep, spec, when);
            !pruned) {
          spdlog::error("sweep {}: {}", sweep, pruned.error().message);
        }
      },
      [this, duty] { finish(duty); });
}

void Duties::remove_checkpoints(const db::Duty& duty) {
  const auto run = view_.scheduler.run(*duty.run);
  if (run && !needs_no_checkpoints(run->standing.state, run->standing.failure)) {
    return finish(duty);  // retried meanwhile: the next attempt goes on from them
  }
  remove(duty, db::StoreFolder{store_}.checkpoints(*duty.run));
}

void Duties::remove_state(const db::Duty& duty) {
  if (view_.scheduler.is_state_needed(*duty.run)) {
    return finish(duty);  // a run that begins as it is tried again
  }
  remove(duty, db::StoreFolder{store_}.kept_state(*duty.run));
}

void Duties::remove(const db::Duty& duty, const std::filesystem::path& folder) {
  errands_.run(
      [run = *duty.run, folder] {
        std::error_code error;
        std::filesystem::remove_all(folder, error);
        if (error) {
          spdlog::warn("{} of run {} cannot be removed: {}", folder.string(), run, error.message());
        }
      },
      [this, duty] { finish(duty); });
}

void Duties::finish(const db::Duty& duty, Outcome outcome) {
  // Posted: the process whose end this may be is destroyed here.
  boost::asio::post(loop_, [this, duty, outcome] {
    if (commands_.erase(duty.duty) > 0 && outcome == Outcome::done) {
      std::error_code harmless;  // an empty file
      std::filesystem::remove(on_end_lock(store_, duty.duty), harmless);
    }
    --open_;
    if (--open_of_sweep_[duty.sweep] == 0) {
      open_of_sweep_.erase(duty.sweep);
    }
    if (!is_stopped_ && outcome == Outcome::done) {
      TARAMA_FAILPOINT("duties.done");
      handlers_.done(duty);
    }
    handlers_.changed();
  });
}

bool Duties::has_open(SweepId sweep) const {
  return open_of_sweep_.contains(sweep);
}

void Duties::stop() {
  is_stopped_ = true;
  commands_.clear();
}

}  // namespace tarama::orchestrator
