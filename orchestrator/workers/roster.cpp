// Workers from their start until both process and stream have ended.
#include "orchestrator/workers/roster.hpp"

#include "failpoints/failpoint.hpp"
#include "orchestrator/loop/errands.hpp"
#include "transport/timers.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <deque>
#include <limits>
#include <random>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

// Loading LibTorch with CUDA from a cold disk was seen to take 20 s.
constexpr std::chrono::seconds join_limit{120};
// A worker that lost its stream checkpoints and goes; a checkpoint of BERT-base takes about 3 s.
constexpr std::chrono::seconds leave_limit{30};
// One failed start may be bad luck; three in a row are a broken program or machine.
constexpr int failed_starts_allowed = 3;
// Rows of an attempt come late by seconds at most; a worker of quick runs ends hundreds of them
// in that time.
constexpr std::size_t held_attempts_kept = 1024;

std::string random_text() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

struct GivenAttempt {
  RunId run;
  Attempt attempt;

  friend bool operator==(const GivenAttempt&, const GivenAttempt&) = default;
};

std::string words_of(const ProcessEnd& end) {
  if (!end.is_known) {
    return "the worker process has ended; how is not known, since an earlier orchestrator had "
           "started it";
  }
  return end.signal != 0 ? fmt::format("the worker process was ended by signal {} ({})",
                                       end.signal,
                                       strsignal(end.signal))
                         : fmt::format("the worker process ended with code {}", end.code);
}

FailureClass class_of(const ProcessEnd& end) {
  if (!end.is_known) {
    return FailureClass::lost;
  }
  return end.signal != 0 ? FailureClass::crashed : FailureClass::exited;
}

}  // namespace

struct Roster::Worker {
  WorkerId id;
  Place place;
  std::string session = random_text();
  std::string token = random_text();
  std::unique_ptr<LaunchedWorker> process;
  std::shared_ptr<transport::FramedStream> stream;
  WorkerPhase phase = WorkerPhase::starting;
  bool has_joined = false;           // the scheduler knows it
  bool takes_any_number = false;     // of attempts at once
  bool was_alone = false;            // so that it may have left a spool
  bool is_taken_in = false;          // what it left is being read
  std::deque<GivenAttempt> held;     // handed out, the newest last
  std::vector<StopRun> early_stops;  // of attempts that are not handed out yet
  std::optional<std::string> ended;  // how the process ended, once it has
  FailureClass why = FailureClass::exited;
  int signal = 0;  // that ended the process
  std::optional<std::pair<FailureClass, std::string>> killed_for;
  std::unique_ptr<transport::Deadline> deadline;  // to join, or to leave

  [[nodiscard]] bool holds(const GivenAttempt& attempt) const {
    return std::find(held.rbegin(), held.rend(), attempt) != held.rend();
  }
};

Roster::Roster(boost::asio::any_io_executor loop,
               Errands& errands,
               std::unique_ptr<Launcher> launcher,
               RosterHandlers handlers)
    : loop_(std::move(loop)),
      errands_(errands),
      launcher_(std::move(launcher)),
      handlers_(std::move(handlers)) {}

Roster::~Roster() {
  for (auto& [id, worker] : workers_) {
    if (worker->stream) {
      worker->stream->close();
    }
  }
}

std::vector<RestoredWorker> Roster::restore(const std::vector<db::OpenSession>& sessions,
                                            WorkerId last) {
  last_id_ = last.value;
  std::vector<RestoredWorker> restored;
  for (const db::OpenSession& session : sessions) {
    auto worker = std::make_unique<Worker>();
    const WorkerId id =
        session.row.worker == WorkerId{} ? WorkerId{++last_id_} : session.row.worker;
    worker->id = id;
    worker->place.device = session.row.device;
    worker->session = session.row.session;
    worker->token = session.row.token;
    worker->phase = WorkerPhase::away;
    worker->has_joined = worker->was_alone = true;
    for (const RestoredAttempt& attempt : session.attempts) {
      worker->held.push_back({attempt.run, attempt.attempt});
    }
    worker->process =
        launcher_->adopt({.worker = id,
                          .session = session.row.session,
                          .pid = session.row.pid,
                          .process = session.row.process},
                         [this, id](const ProcessEnd& end) { process_ended(id, end); });
    restored.push_back({.worker = id,
                        .device = session.row.device,
                        .session = session.row.session,
                        .attempts = session.attempts});
    workers_.emplace(id, std::move(worker));
  }
  return restored;
}

void Roster::ensure(const Place& place, std::int64_t count) {
  std::int64_t there = living_on(place.device);
  const std::int64_t wanted = std::min(count, most_on(place.device));
  for (; there < wanted && !has_given_up(place.device); ++there) {
    start(place);
  }
}

std::int64_t Roster::living_on(const std::string& device) const {
  return std::ranges::count_if(workers_, [&](const auto& entry) {
    const Worker& worker = *entry.second;
    return worker.place.device == device && worker.phase != WorkerPhase::stopping &&
           !worker.killed_for;
  });
}

std::int64_t Roster::joined_on(const std::string& device) const {
  return std::ranges::count_if(workers_, [&](const auto& entry) {
    const Worker& worker = *entry.second;
    return worker.place.device == device && worker.has_joined && !worker.ended &&
           worker.phase != WorkerPhase::stopping && !worker.killed_for;
  });
}

std::int64_t Roster::most_on(const std::string& device) const {
  const auto extras = failed_extras_.find(device);
  return extras != failed_extras_.end() && extras->second.failed >= failed_starts_allowed
             ? extras->second.most
             : std::numeric_limits<std::int64_t>::max();
}

void Roster::limit(Worker& worker, std::chrono::seconds time, const std::string& message) {
  worker.deadline = std::make_unique<transport::Deadline>(
      loop_, [this, id = worker.id, message] { kill(id, FailureClass::hung, message); });
  worker.deadline->start(time);
}

void Roster::start(const Place& place) {
  auto worker = std::make_unique<Worker>();
  const WorkerId id{++last_id_};
  worker->id = id;
  worker->place = place;
  auto process = launcher_->launch(
      {.worker = id, .session = worker->session, .token = worker->token, .place = place},
      [this, id](const ProcessEnd& end) { process_ended(id, end); });
  if (!process) {
    if (joined_on(place.device) > 0) {
      note_failed_extra(place.device, process.error().message, failed_starts_allowed);
    } else {
      failed_starts_[place.device] = failed_starts_allowed;
      start_errors_[place.device] = process.error().message;
    }
    boost::asio::post(loop_, [this] { handlers_.changed(); });
    return;
  }
  TARAMA_FAILPOINT("roster.launched");
  worker->process = std::move(*process);
  limit(*worker, join_limit, "it did not report within 120 s of its start");
  spdlog::info("worker {} started on {} (pid {})", id, place.device, worker->process->pid());
  // With the token, so that the next orchestrator knows it again: only who may connect to the
  // socket, this user, could do anything with it, and this user may read a process's environment as
  // well.
  handlers_.session({.session = worker->session,
                     .token = worker->token,
                     .launcher = std::string(launcher_->name()),
                     .device = place.device,
                     .pid = worker->process->pid(),
                     .started_at = handlers_.wall(),
                     .worker = id,
                     .process = worker->process->identity()});
  workers_.emplace(id, std::move(worker));
}

std::optional<Greeted> Roster::attach(std::shared_ptr<transport::FramedStream> stream,
                                      const protocol::Hello& hello) {
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](const auto& entry) {
    return entry.second->session == hello.session;
  });
  if (found == workers_.end() || found->second->token.empty() ||
      found->second->token != hello.token || hello.slots < 0) {
    return std::nullopt;
  }
  Worker& worker = *found->second;
  if (worker.stream) {
    worker.stream->close();  // it has noticed before us that it was broken
  }
  worker.stream = std::move(stream);
  worker.takes_any_number = hello.slots == 0;
  const bool is_back = worker.has_joined;
  greet(worker, hello.slots);
  return Greeted{.worker = worker.id, .is_back = is_back};
}

void Roster::greet(Worker& worker, std::int64_t slots) {
  worker.stream->send(protocol::Welcome{}).value();
  if (worker.phase == WorkerPhase::stopping) {
    worker.stream->send(protocol::Shutdown{}).value();
    return;
  }
  if (worker.deadline) {
    worker.deadline->cancel();
  }
  worker.phase = WorkerPhase::joined;
  failed_starts_[worker.place.device] = 0;
  start_errors_.erase(worker.place.device);
  if (!worker.has_joined) {
    failed_extras_.erase(worker.place.device);
  }
  if (worker.has_joined) {
    spdlog::info(
        "worker {} is back on {} (pid {})", worker.id, worker.place.device, worker.process->pid());
    return;
  }
  worker.has_joined = true;
  handlers_.joined({.worker = worker.id,
                    .device = worker.place.device,
                    .slots = std::max<std::int64_t>(1, slots),
                    .session = worker.session});
}

void Roster::stream_closed(WorkerId id,
                           const std::shared_ptr<transport::FramedStream>& stream,
                           const Error& error) {
  const auto found = workers_.find(id);
  if (found == workers_.end() || found->second->stream != stream) {
    return;  // an older one, which it has replaced
  }
  Worker& worker = *found->second;
  worker.stream->close();
  worker.was_alone = true;
  if (error.code != Errc::io) {
    // What does not decode comes again when it comes back.
    kill(id, FailureClass::bad_report, error.message);
  } else if (worker.phase == WorkerPhase::joined && !worker.ended) {
    worker.phase = WorkerPhase::away;
    handlers_.away(id);
  } else {
    limit(worker, leave_limit, "it left its stream and did not end");
  }
  let_go_if_over(id);
}

void Roster::assign(const AssignRun& assignment, const std::string& job) {
  const auto found = workers_.find(assignment.worker);
  if (found == workers_.end()) {
    return;  // It is gone; `lost` tells the scheduler, which hands the run out again.
  }
  Worker& worker = *found->second;
  worker.held.push_back({assignment.run, assignment.attempt});
  if (worker.held.size() > held_attempts_kept) {
    worker.held.pop_front();
  }
  TARAMA_FAILPOINT("roster.before_assignment");
  send(assignment.worker, protocol::Assign{job});
  TARAMA_FAILPOINT("roster.assigned");
  const auto is_this = [&](const StopRun& order) {
    return order.run == assignment.run && order.attempt == assignment.attempt;
  };
  const auto early = std::find_if(worker.early_stops.begin(), worker.early_stops.end(), is_this);
  if (early != worker.early_stops.end()) {
    send(assignment.worker, protocol::Stop{early->run, early->attempt, early->cause});
    worker.early_stops.erase(early);
  }
}

void Roster::stop(const StopRun& order) {
  const auto found = workers_.find(order.worker);
  if (found == workers_.end()) {
    return;
  }
  // Orders do not wait behind the disk, hand-outs do: a stop may be decided while its attempt is
  // still on the way into the store, and must not overtake it.
  if (!found->second->holds({order.run, order.attempt})) {
    found->second->early_stops.push_back(order);
    return;
  }
  send(order.worker, protocol::Stop{order.run, order.attempt, order.cause});
}

bool Roster::has_held(WorkerId worker, RunId run, Attempt attempt) const {
  const auto found = workers_.find(worker);
  return found != workers_.end() && found->second->holds({run, attempt});
}

void Roster::drop(const DropAttempt& order) {
  send(order.worker, protocol::Dropped{order.run, order.attempt});
}

void Roster::send(WorkerId worker, const protocol::Message& message) {
  const auto found = workers_.find(worker);
  if (found == workers_.end() || !found->second->stream) {
    return;
  }
  if (const Result<void> sent = found->second->stream->send(message); !sent) {
    kill(worker, FailureClass::exited, sent.error().message);
  }
}

void Roster::kill(WorkerId worker, FailureClass why, const std::string& message) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) {
    return;
  }
  if (!found->second->killed_for) {
    spdlog::warn("worker {}: {}", worker, message);
    found->second->killed_for = {why, message};
  }
  found->second->process->signal(SIGKILL);
}

void Roster::process_ended(WorkerId id, const ProcessEnd& end) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) {
    return;
  }
  Worker& worker = *found->second;
  worker.why = class_of(end);
  worker.ended = words_of(end);
  worker.signal = end.signal;
  let_go_if_over(id);
}

// A worker is lost once its process has ended, its stream is read to the end, and what it could not
// send is taken in: what it said last may be its result.
void Roster::let_go_if_over(WorkerId id) {
  Worker& worker = *workers_.at(id);
  if (!worker.ended || (worker.stream && worker.stream->is_open()) || worker.is_taken_in) {
    return;
  }
  if (!worker.was_alone) {
    return let_go(id);
  }
  worker.is_taken_in = true;
  handlers_.take_in(id, worker.session, [this, id] { let_go(id); });
}

void Roster::let_go(WorkerId id) {
  const auto found = workers_.find(id);
  const std::unique_ptr<Worker> gone = std::move(found->second);
  workers_.erase(found);
  const auto [why, message] =
      gone->killed_for.value_or(std::pair{gone->why, gone->ended.value_or("")});
  spdlog::info("worker {} is gone: {}", id, message);
  TARAMA_FAILPOINT("roster.before_session_ends");
  handlers_.session({.session = gone->session, .ended_at = handlers_.wall(), .message = message});
  if (gone->has_joined) {
    handlers_.lost({id, why, message, gone->killed_for ? 0 : gone->signal});
  } else if (gone->phase != WorkerPhase::stopping) {
    note_failed_start(*gone);
  }
  if (gone->phase != WorkerPhase::starting) {
    gone->process->forget_output();
  }
  handlers_.changed();
}

// It counts at once, so that nobody starts a fourth one meanwhile; what it printed is read as an
// errand.
void Roster::note_failed_start(const Worker& worker) {
  const std::string& device = worker.place.device;
  if (joined_on(device) > 0) {
    return note_failed_extra(
        device, worker.killed_for ? worker.killed_for->second : worker.ended.value_or(""), 1);
  }
  ++failed_starts_[device];
  const auto printed = std::make_shared<std::string>();
  errands_.run([printed, last_words = worker.process->last_words()] { *printed = last_words(); },
               [this,
                printed,
                device,
                why = worker.killed_for ? worker.killed_for->second : worker.ended.value_or("")] {
                 const auto failures = failed_starts_.find(device);
                 if (failures == failed_starts_.end() || failures->second == 0) {
                   return;  // forgiven meanwhile, or another one has joined
                 }
                 start_errors_[device] = fmt::format("no worker starts on {}: {}; it printed: {}",
                                                     device,
                                                     why,
                                                     printed->empty() ? "nothing" : *printed);
               });
}

/// The device works: others live on it. Only there are no more of them.
void Roster::note_failed_extra(const std::string& device, const std::string& why, int failures) {
  Extras& extras = failed_extras_[device];
  extras.failed += failures;
  extras.most = joined_on(device);
  if (extras.failed >= failed_starts_allowed) {
    spdlog::warn(
        "{} keeps to {} workers: another one does not start: {}", device, extras.most, why);
  }
}

void Roster::shut_down() {
  for (auto& [id, worker] : workers_) {
    ask_to_end(*worker);
  }
}

void Roster::shut_down_away() {
  for (auto& [id, worker] : workers_) {
    if (worker->phase == WorkerPhase::away) {
      ask_to_end(*worker);
    }
  }
}

void Roster::ask_to_end(Worker& worker) {
  if (worker.phase == WorkerPhase::stopping) {
    return;
  }
  if (worker.phase == WorkerPhase::joined) {
    static_cast<void>(worker.stream->send(protocol::Shutdown{}));  // too short to be refused
  } else {
    worker.process->signal(SIGTERM);
  }
  worker.phase = WorkerPhase::stopping;
  worker.was_alone = true;  // what nobody acknowledged in time it leaves on disk
  limit(worker, leave_limit, "it did not end when asked to");
}

void Roster::kill_all() {
  for (auto& [id, worker] : workers_) {
    worker->phase = WorkerPhase::stopping;
    worker->process->signal(SIGKILL);
  }
}

bool Roster::has_given_up(const std::string& device) const {
  const auto found = failed_starts_.find(device);
  return found != failed_starts_.end() && found->second >= failed_starts_allowed;
}

void Roster::forgive() {
  failed_starts_.clear();
  failed_extras_.clear();
  start_errors_.clear();
}

std::vector<WorkerView> Roster::workers() const {
  std::vector<WorkerView> views;
  for (const auto& [id, worker] : workers_) {
    if (!worker->ended) {
      views.push_back({.worker = id,
                       .session = worker->session,
                       .pid = worker->process->pid(),
                       .device = worker->place.device,
                       .phase = worker->phase,
                       .takes_any_number = worker->takes_any_number});
    }
  }
  return views;
}

std::vector<std::int64_t> Roster::pids() const {
  std::vector<std::int64_t> pids;
  for (const auto& [id, worker] : workers_) {
    pids.push_back(worker->process->pid());
  }
  return pids;
}

std::string Roster::trouble() const {
  for (const auto& [device, failures] : failed_starts_) {
    const auto error = start_errors_.find(device);
    // Without a text its output is still being read: an answer a moment later has it.
    if (failures >= failed_starts_allowed && error != start_errors_.end()) {
      return error->second;
    }
  }
  return {};
}

}  // namespace tarama::orchestrator
