// The orchestrator at work: peers in, effects out, workers where there is work.
#include "core/sweep/assert.hpp"
#include "core/sweep/job_spec.hpp"
#include "orchestrator/devices/memory_fit.hpp"
#include "orchestrator/service/orchestrator.hpp"
#include "orchestrator/sweeps/freed_memory.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <spdlog/spdlog.h>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace tarama::orchestrator {
namespace {

// NVML answers in milliseconds, unless its driver hangs: then the devices of the last answer serve.
constexpr std::chrono::milliseconds patience_with_drivers{2000};
// A commit takes milliseconds. A client whose order is on its way need not wait for a full disk.
constexpr std::chrono::milliseconds patience_with_disks{2000};
// A worker that is told so ends, and forgets what it had to say.
constexpr std::string_view unknown_session =
    R"({"error": {"code": "not_found", "message": "this store knows no such worker"}})";

}  // namespace

// ---- effects ------------------------------------------------------------------------------------

EffectHandlers Orchestrator::effect_handlers() {
  return {.order = [this](const Effect& effect) { order(effect); },
          .attach = [this](const Effects& effects) { return attach(effects); },
          .told = [this] { set_alarm(); },
          .act = [this](const CommittedEffects& done) { act(done); },
          .store_failed = [this](const Error& error) { store_failed(error); }};
}

RosterHandlers Orchestrator::roster_handlers() {
  return {.joined = [this](const WorkerJoined& joined) { handle(joined); },
          .away = [this](WorkerId worker) { handle(WorkerAway{worker}); },
          .lost =
              [this](const WorkerLost& lost) {
                handle(lost);
                sharing_.forget(lost.worker);
                // Perhaps its GPU is gone, and with it the place.
                look_and_staff();
              },
          .take_in =
              [this](WorkerId worker, const std::string& session, std::function<void()> then) {
                spools_->take_in(worker, session, std::move(then));
              },
          .changed =
              [this] {
                place_sweeps();  // without the devices on which no worker starts
                staff();
                leave_if_quiet();
              },
          .session = [this](const db::PersistSession& row) { effector_->write({row}); },
          .wall = [this] { return clock_.now().wall; }};
}

namespace {

/// The sweep that somebody gave an order about, as a whole.
std::optional<SweepId> steered_by(const Event& event) {
  return std::visit(
      []<class E>(const E& about) -> std::optional<SweepId> {
        if constexpr (std::is_same_v<E, PauseAsked> || std::is_same_v<E, ResumeAsked> ||
                      std::is_same_v<E, RetryAsked>) {
          return about.sweep;
        } else {
          return std::nullopt;
        }
      },
      event);
}

}  // namespace

bool Orchestrator::handle(const Event& event) {
  const auto sweep = steered_by(event);
  if (sweep) {
    duties_->steered(*sweep);
  }
  const bool has_effect = effector_->handle(event);
  if (sweep) {
    stops_->forget(*sweep);  // behind what frees a run at its rungs
  }
  return has_effect;
}

void Orchestrator::when_committed(std::function<void()> then) {
  const std::int64_t number = ++last_asker_;
  askers_.emplace(number, Asker{std::move(then), clock_.now().awake + patience_with_disks});
  writer_->run([this, number](db::RunStore& /*store*/) {
    boost::asio::post(loop_, [this, number] { tell(number); });
  });
}

void Orchestrator::one_by_one(std::function<void(std::function<void()> done)> work) {
  waiting_work_.push_back(std::move(work));
  if (waiting_work_.size() == 1) {
    begin_work();
  }
}

void Orchestrator::begin_work() {
  const auto work = waiting_work_.front();  // a copy: it may be done before it returns
  work([this] {
    waiting_work_.pop_front();
    if (!waiting_work_.empty()) {
      boost::asio::post(loop_, [this] { begin_work(); });
    }
  });
}

// By the commit or by a tick, whichever comes first.
void Orchestrator::tell(std::int64_t number) {
  const auto found = askers_.find(number);
  if (found == askers_.end()) {
    return;
  }
  const Asker asker = std::move(found->second);
  askers_.erase(found);
  asker.then();
}

void Orchestrator::tell_overdue() {
  const std::chrono::milliseconds now = clock_.now().awake;
  while (!askers_.empty() && askers_.begin()->second.told_by <= now) {
    tell(askers_.begin()->first);
  }
}

void Orchestrator::order(const Effect& effect) {
  if (const auto* stop = std::get_if<StopRun>(&effect)) {
    roster_->stop(*stop);
  } else if (const auto* drop = std::get_if<DropAttempt>(&effect)) {
    roster_->drop(*drop);
  } else if (const auto* kill = std::get_if<KillWorker>(&effect)) {
    roster_->kill(kill->worker, kill->why, kill->message);
  }
}

// A time limit is held to the moment, and a run that has rested goes on without waiting for the
// next tick.
void Orchestrator::set_alarm() {
  const std::optional<std::chrono::milliseconds> next = scheduler_.next_alarm();
  if (!next) {
    return alarm_.cancel();
  }
  alarm_.start(std::max(*next - clock_.now().awake, std::chrono::milliseconds(1)));
}

Attached Orchestrator::attach(const Effects& effects) {
  for (const Effect& effect : effects) {
    if (const auto* run = std::get_if<PersistRun>(&effect)) {
      const std::optional<SweepId> sweep = catalog_.sweep_of(run->run);
      TARAMA_ASSERT(sweep, "the scheduler knows only runs of sweeps that we gave it");
      live_.decided(*run, *sweep, *catalog_.find(*sweep));
    }
  }
  return {.duties = duties_->that_follow(effects),
          .changes = Live::changes_of(effects, clock_.now().wall)};
}

void Orchestrator::act(const CommittedEffects& done) {
  for (const Effect& effect : done.effects) {
    if (const auto* assignment = std::get_if<AssignRun>(&effect)) {
      const auto found = done.committed.find(assignment->run);
      assign(*assignment, found == done.committed.end() ? db::Committed{} : found->second);
    } else if (const auto* ended = std::get_if<SweepEnded>(&effect)) {
      refiner_->call_off(ended->sweep);
      searcher_->forget(ended->sweep);
      stops_->forget(ended->sweep);
      come_to_rest(ended->sweep);
    } else if (const auto* run = std::get_if<PersistRun>(&effect); run != nullptr) {
      if (run->standing.state == RunState::pending || is_terminal(run->standing.state)) {
        sharing_.forget(run->run);
      }
      look_further(*run);
    } else if (const auto* sweep = std::get_if<PersistSweep>(&effect); sweep != nullptr) {
      if (sweep->state == SweepState::paused) {
        live_.at_rest(sweep->sweep, clock_.now());
      } else if (sweep->state == SweepState::running) {
        search_on(sweep->sweep);
      }
    }
  }
  for (const db::Duty& duty : done.duties) {
    duties_->perform(duty);
  }
  staff();
  let_go();
  leave_if_quiet();
}

void Orchestrator::assign(const AssignRun& assignment, const db::Committed& committed) {
  const std::optional<SweepId> sweep = catalog_.sweep_of(assignment.run);
  TARAMA_ASSERT(sweep, "a sweep with a run at work is not let go");
  live_.handed_out(*sweep, clock_.now());
  live_.running.handed_out(
      assignment.run, assignment.attempt, std::max(committed.steps, committed.reported_steps));
  const JobSpec job = catalog_.find(*sweep)->job(assignment, committed);
  roster_->assign(assignment, to_json(job));
}

// ---- sweeps -------------------------------------------------------------------------------------

namespace {

bool is_over(SweepState state) {
  return state == SweepState::finished || state == SweepState::cancelled;
}

}  // namespace

void Orchestrator::come_to_rest(SweepId sweep) {
  const std::optional<SweepState> state = scheduler_.state(sweep);
  const Account account = scheduler_.account(sweep);
  if (state && is_over(*state) && account.leased + account.running == 0) {
    live_.at_rest(sweep, clock_.now());
    resting_.insert(sweep);
  }
}

// Only what has no duty left to be done: on_end and the pruning of models ask for the sweep.
void Orchestrator::let_go() {
  for (auto it = resting_.begin(); it != resting_.end();) {
    const SweepId sweep = *it;
    const std::optional<SweepState> state = scheduler_.state(sweep);
    const Account account = scheduler_.account(sweep);
    const bool is_awake =
        !state || !is_over(*state) || account.pending + account.leased + account.running > 0;
    if (!is_awake && duties_->has_open(sweep)) {
      ++it;
      continue;
    }
    if (!is_awake) {
      const OpenSweep& rows = *catalog_.find(sweep);
      const SweepProgress& progress = live_.progress_of(sweep);
      live_.closed(
          sweep,
          {.name = rows.name(),
           .state = *state,
           .account = account,
           .planned_steps = rows.planned_steps(),
           .steps_done = rows.spec().program ? 0 : progress.ended_steps(),
           .elapsed_seconds = std::chrono::duration<double>(progress.elapsed(clock_.now())).count(),
           .priority = rows.spec().priority.value_or(0)});
      catalog_.close(sweep);
      scheduler_.let_go(sweep);
      duties_->steered(sweep);
    }
    it = resting_.erase(it);
  }
}

void Orchestrator::with_open_sweep(SweepId sweep, std::function<void(Result<void>)> then) {
  if (const auto found = catalog_.unreadable().find(sweep); found != catalog_.unreadable().end()) {
    return then(Error{
        Errc::refused,
        fmt::format("sweep {} '{}' rests: {}", sweep, found->second.name, found->second.reason)});
  }
  if (catalog_.find(sweep) != nullptr) {
    return then({});
  }
  writer_->run([this, sweep, then = std::move(then)](db::RunStore& store) {
    auto loaded = std::make_shared<Result<db::StoredSweep>>(store.load_sweep(sweep));
    boost::asio::post(loop_, [this, sweep, loaded, then] {
      if (!*loaded) {
        const bool is_unknown = loaded->error().code == Errc::not_found;
        return then(is_unknown ? Error{Errc::not_found, fmt::format("there is no sweep {}", sweep)}
                               : loaded->error());
      }
      // Somebody else may have had it opened meanwhile.
      then(catalog_.find(sweep) != nullptr ? Result<void>() : adopt(std::move(**loaded)));
      let_go();
    });
  });
}

Result<void> Orchestrator::adopt(db::StoredSweep stored) {
  if (const Result<void> opened = catalog_.open(stored); !opened) {
    return opened.error();
  }
  // The catalog has them now; of a million runs they are hundreds of megabytes.
  stored.levels = {};
  stored.runs = {};
  const SweepId sweep = stored.record.sweep;
  const OpenSweep& rows = *catalog_.find(sweep);
  stored.record.rules = rules_of(rows);
  rows.set_order(stored.record.runs);
  live_.opened(sweep, rows, stored.record.runs);
  handle(SweepSubmitted{std::move(stored.record)});
  searcher_->look(sweep);
  refiner_->look(sweep);
  stops_->look_at_all(sweep, scheduler_);
  come_to_rest(sweep);
  give_memory_back(rows.runs().size());
  return {};
}

Result<void> Orchestrator::extend(db::StoredSweep added) {
  searcher_->forget(added.record.sweep);
  return take_runs(std::move(added));
}

Result<void> Orchestrator::take_runs(db::StoredSweep added) {
  if (const Result<void> taken = catalog_.extend(added); !taken) {
    return taken.error();
  }
  catalog_.find(added.record.sweep)->set_order(added.record.runs);
  handle(RunsAdded{added.record.sweep, std::move(added.record.runs)});
  staff();
  return {};
}

void Orchestrator::change_spec(SweepId sweep, const SweepSpec& spec) {
  OpenSweep& open = *catalog_.find(sweep);
  const bool has_other_order = open.spec().order != spec.order;
  open.set_spec(spec);
  searcher_->forget(sweep);
  handle(RulesChanged{sweep, rules_of(open)});
  if (has_other_order) {
    handle(RanksChanged{sweep, open.ranks()});
  }
  stops_->look_at_all(sweep, scheduler_);
  const std::int64_t limit = spec.time_limit ? spec.time_limit->count() : 0;
  for (const WorkerView& worker : roster_->workers()) {
    for (const AssignRun& work : scheduler_.assignments(worker.worker)) {
      if (catalog_.sweep_of(work.run) == sweep) {
        roster_->send(worker.worker, protocol::TimeLimit{work.run, work.attempt, limit});
      }
    }
  }
}

// ---- devices ------------------------------------------------------------------------------------

SweepRules Orchestrator::rules_of(const OpenSweep& sweep) const {
  SweepRules rules = limits_of(sweep.spec());
  rules.is_searching = sweep.refinement().has_value() || sweep.is_searching();
  const Result<std::vector<Place>> places = places_of(sweep);
  if (!places) {
    // Checked at submit; the device has gone since.
    rules.no_place = places.error().message;
    return rules;
  }
  // A device on which no worker starts is none, as long as there is another.
  const auto is_dead = [this](const Place& place) { return roster_->has_given_up(place.device); };
  const bool has_any = !std::ranges::all_of(*places, is_dead);
  for (const Place& place : *places) {
    if (!has_any || !is_dead(place)) {
      rules.devices.push_back(place.device);
      rules.shares[place.device] = share_of_run(place, machine(), sweep.needs().worker_bytes);
    }
  }
  rules.no_place = disk_->shortage();
  return rules;
}

void Orchestrator::look_and_staff() {
  looked_at_ = clock_.now().awake;
  watch_->look(roster_->pids(), [this] {
    keep_readings();
    place_sweeps();
    staff();
  });
}

void Orchestrator::keep_readings() {
  if (scheduler_.open_sweeps().empty() || writer_->trouble()) {
    return;  // rows of what nobody needs must not queue up before a full disk
  }
  const Moment now = clock_.now();
  std::vector<db::Write> rows = readings_.due(machine(), now.awake, now.wall);
  if (!rows.empty()) {
    effector_->write(std::move(rows));
  }
}

/// Where each open sweep may run, by the machine as it is now.
void Orchestrator::place_sweeps() {
  for (const SweepId sweep : scheduler_.open_sweeps()) {
    handle(RulesChanged{sweep, rules_of(*catalog_.find(sweep))});
    searcher_->look(sweep);  // there may be more room
  }
}

// As many workers as there is work for, and no more than the places hold.
void Orchestrator::staff() {
  // While somebody looks at the machine, it may just have lost the device that we would start on.
  const bool is_looked_at =
      watch_->is_looking() && clock_.now().awake - looked_at_ < patience_with_drivers;
  if (is_draining_ || is_stopping_ || is_looked_at || !disk_->shortage().empty()) {
    return;
  }
  std::vector<Demand> demands;
  for (const SweepId sweep : scheduler_.open_sweeps()) {
    if (auto demand = demand_of(sweep)) {
      demands.push_back(std::move(*demand));
    }
  }
  HealthByDevice health;
  for (const DeviceView& device : scheduler_.devices()) {
    health[device.device] = device.health;
  }
  for (const auto& [place, runs] : wanted_workers(demands, health)) {
    roster_->ensure(place, is_gpu(place) ? std::min<std::int64_t>(runs, 1) : runs);
    if (is_gpu(place)) {
      set_slots(place);
    }
  }
}

/// nullopt: it wants no workers.
std::optional<Demand> Orchestrator::demand_of(SweepId sweep) const {
  const bool is_only_trying = scheduler_.is_paused_by_itself(sweep);
  if (scheduler_.state(sweep) != SweepState::running && !is_only_trying) {
    return std::nullopt;
  }
  const OpenSweep& open = *catalog_.find(sweep);
  Result<std::vector<Place>> places = places_of(open);
  if (!places) {
    return std::nullopt;  // the reason stands in `waiting`
  }
  const Account account = scheduler_.account(sweep);
  const std::int64_t most = open.spec().max_concurrent;
  const std::int64_t runs = account.pending + account.leased + account.running;
  return Demand{.places = std::move(*places),
                .runs = most > 0 ? std::min(most, runs) : runs,
                .is_only_trying = is_only_trying,
                .shunned = scheduler_.shunned_devices(sweep)};
}

// ---- peers --------------------------------------------------------------------------------------

void Orchestrator::accept(const std::shared_ptr<transport::FramedStream>& stream) {
  if (!clients_.take(stream, clock_.now().awake)) {
    return;
  }
  const std::weak_ptr<transport::FramedStream> weak = stream;
  const auto worker = std::make_shared<WorkerId>();  // 0: a client, until it says Hello
  stream->start(
      [this, weak, worker](const protocol::Message& message) {
        if (const auto peer = weak.lock()) {
          on_message(peer, *worker, message);
        }
      },
      [this, weak, worker](const Error& error) {
        const auto peer = weak.lock();
        if (*worker != WorkerId{}) {
          roster_->stream_closed(*worker, peer, error);
        } else if (peer) {
          clients_.let_go(peer);
        }
      });
}

void Orchestrator::on_message(const std::shared_ptr<transport::FramedStream>& stream,
                              WorkerId& worker,
                              const protocol::Message& message) {
  if (worker != WorkerId{}) {
    reports_->take(worker, message);
  } else if (const auto* hello = std::get_if<protocol::Hello>(&message)) {
    on_hello(stream, *hello, worker);
  } else {
    on_client(stream, message);
  }
}

void Orchestrator::on_client(const std::shared_ptr<transport::FramedStream>& stream,
                             const protocol::Message& message) {
  const auto* request = std::get_if<protocol::Request>(&message);
  if (request == nullptr || !on_request_) {
    clients_.let_go(stream);
    stream->close();  // nothing else is a client's to say
    return;
  }
  clients_.asked(stream);
  const std::weak_ptr<transport::FramedStream> weak = stream;
  on_request_(request->json, stream->peer_version(), [this, weak](std::string json) {
    const auto asker = weak.lock();
    if (!asker) {
      return;
    }
    if (const Result<void> sent = asker->send(protocol::Reply{std::move(json)}); !sent) {
      spdlog::error("a reply could not be sent: {}", sent.error().message);
      clients_.let_go(asker);
      asker->close();
      return;
    }
    clients_.answered(asker, clock_.now().awake);
  });
}

void Orchestrator::on_hello(const std::shared_ptr<transport::FramedStream>& stream,
                            const protocol::Hello& hello,
                            WorkerId& worker) {
  clients_.let_go(stream);
  const std::optional<Greeted> known = roster_->attach(stream, hello);
  if (!known) {
    ++turned_away_;
    static_cast<void>(stream->send(protocol::Reply{std::string(unknown_session)}));
    stream->close_when_written();
    return;
  }
  worker = known->worker;
  if (known->is_back) {
    reports_->returned(worker, hello);
    staff();  // its slots are what is wanted now
  }
}

}  // namespace tarama::orchestrator
