// Events into the scheduler, effects out of it: commit first, then act.
#include "core/statistics/level_summary.hpp"
#include "core/sweep/assert.hpp"
#include "db/store_folder.hpp"
#include "orchestrator/service/service_state.hpp"
#include "orchestrator/sweeps/sweep_ending.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace tarama::orchestrator {
namespace {

/// Nobody will go on from the run's checkpoints: it is done, or would diverge at the same step.
bool needs_no_checkpoints(const PersistRun& row) {
  return row.state == RunState::succeeded ||
         (row.state == RunState::failed && row.failure == FailureClass::diverged);
}

std::vector<db::Write> writes_of(const Effects& effects) {
  std::vector<db::Write> writes;
  for (const Effect& effect : effects) {
    if (const auto* run = std::get_if<PersistRun>(&effect)) {
      writes.emplace_back(*run);
    } else if (const auto* attempt = std::get_if<PersistAttempt>(&effect)) {
      writes.emplace_back(*attempt);
    } else if (const auto* sweep = std::get_if<PersistSweep>(&effect)) {
      writes.emplace_back(*sweep);
    }
  }
  return writes;
}

/// The runs that go on where an older attempt was: their worker must know what the store has.
std::vector<RunId> resumed_runs(const Effects& effects) {
  std::vector<RunId> runs;
  for (const Effect& effect : effects) {
    if (const auto* assignment = std::get_if<AssignRun>(&effect);
        assignment != nullptr && assignment->attempt > Attempt{1}) {
      runs.push_back(assignment->run);
    }
  }
  return runs;
}

// Texts may hold bytes that are no UTF-8 (a worker's message, a file name): replaced, so that
// the answer is always JSON.
void answer(transport::FramedStream& asker, const nlohmann::ordered_json& reply) {
  const std::string text = reply.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (const Result<void> sent = asker.send(protocol::Reply{text}); !sent) {
    spdlog::error("a reply could not be sent: {}", sent.error().message);
    asker.close();
  }
}

}  // namespace

bool Service::State::handle(const Event& event) {
  if (is_stopping) {
    // Workers that we kill ourselves are no finding about their runs: on disk they stay leased or
    // running, and the next start takes them up.
    return false;
  }
  Effects effects = scheduler.handle(event, now());
  if (effects.empty()) {
    return false;
  }
  perform(std::move(effects));
  return true;
}

void Service::State::perform(Effects effects) {
  for (const Effect& effect : effects) {
    if (const auto* run = std::get_if<PersistRun>(&effect)) {
      note_run(*run);
    }
  }
  std::vector<db::Write> writes = writes_of(effects);
  const std::vector<RunId> resumed = resumed_runs(effects);
  std::erase_if(
      effects, [](const Effect& effect) { return std::holds_alternative<PersistAttempt>(effect); });
  // Commit before sending: if we die in between, the run is still `leased` on disk and restart
  // requeues it. The other order could start a run that nobody remembers.
  auto shared = std::make_shared<Effects>(std::move(effects));
  if (resumed.empty()) {
    writer->enqueue(std::move(writes), [this, shared](const Result<void>& done) {
      boost::asio::post(context,
                        [this, shared, done] { done ? act(*shared, {}) : fail(done.error()); });
    });
    return;
  }
  writer->enqueue(std::move(writes), [this](const Result<void>& done) {
    if (!done) {
      boost::asio::post(context, [this, done] { fail(done.error()); });
    }
  });
  writer->run([this, shared, resumed](db::RunStore& store) {
    std::map<RunId, db::Committed> committed;
    for (const RunId run : resumed) {
      const Result<db::Committed> found = store.committed(run);
      if (!found) {
        boost::asio::post(context, [this, error = found.error()] { fail(error); });
        return;
      }
      committed[run] = *found;
    }
    boost::asio::post(context, [this, shared, committed] { act(*shared, committed); });
  });
}

void Service::State::act(const Effects& effects, const std::map<RunId, db::Committed>& committed) {
  for (const Effect& effect : effects) {
    if (const auto* assignment = std::get_if<AssignRun>(&effect)) {
      const auto found = committed.find(assignment->run);
      assign(*assignment, found == committed.end() ? db::Committed{} : found->second);
    } else if (const auto* stop = std::get_if<StopRun>(&effect)) {
      workers->send(stop->worker, protocol::Stop{stop->run, stop->attempt, stop->cause});
    } else if (const auto* kill = std::get_if<KillWorker>(&effect)) {
      spdlog::warn("worker {}: {}", kill->worker, kill->message);
      workers->kill(kill->worker, kill->why, kill->message);
    } else if (const auto* ended = std::get_if<SweepEnded>(&effect)) {
      const auto state = scheduler.state(ended->sweep).value_or(SweepState::finished);
      end_sweep(ended->sweep, event_of(state, scheduler.account(ended->sweep)));
    } else if (const auto* sweep = std::get_if<PersistSweep>(&effect);
               sweep != nullptr && sweep->state == SweepState::paused) {
      end_sweep(sweep->sweep, event_of(sweep->state, scheduler.account(sweep->sweep)));
    } else if (const auto* run = std::get_if<PersistRun>(&effect);
               run != nullptr && needs_no_checkpoints(*run)) {
      remove_checkpoints(run->run);
    }
  }
  staff();
  leave_if_quiet();
}

void Service::State::assign(const AssignRun& assignment, db::Committed committed) {
  const std::optional<SweepId> sweep = sweep_of(assignment.run);
  TARAMA_ASSERT(sweep, "the scheduler hands out runs of sweeps that we gave it");
  SweepClock& clock = clocks[*sweep];
  if (clock.ended && clock.first_run) {  // after a pause or a retry: time at rest does not count
    clock.first_run->milliseconds += now().milliseconds - clock.ended->milliseconds;
  }
  clock.ended.reset();
  if (!clock.first_run) {
    clock.first_run = now();
    clock.steps_at_start = settled_steps(*sweep);
  }
  const JobSpec job = books.at(*sweep).job(assignment.run, assignment.attempt, committed);
  workers->send(assignment.worker, protocol::Assign{to_json(job)});
}

// Keeps what the views show; called when a row is decided, before it is committed.
void Service::State::note_run(const PersistRun& row) {
  const std::optional<SweepId> sweep = sweep_of(row.run);
  TARAMA_ASSERT(sweep, "the scheduler knows only runs of sweeps that we gave it");
  if (row.state == RunState::pending) {
    progress.ended(row.run);
    clocks[*sweep].settled.erase(row.run);
  }
  if (!is_terminal(row.state)) {
    return;
  }
  FinishedRun ended{.run = row.run,
                    .sweep = *sweep,
                    .state = row.state,
                    .failure = row.failure,
                    .message = row.message,
                    .attempt = row.attempt,
                    .metric = std::nullopt,
                    .train_seconds = std::nullopt};
  if (const RunProgress* run = progress.of(row.run);
      run != nullptr && row.state == RunState::succeeded) {
    ended.metric = metric_of_run(run->metric_by_epoch, books.at(*sweep).spec().metric);
  }
  if (const auto found = train_seconds.find(row.run); found != train_seconds.end()) {
    ended.train_seconds = found->second;
    train_seconds.erase(found);
  }
  clocks[*sweep].settled.insert(row.run);
  progress.ended(row.run);
  finished.push_back(std::move(ended));
}

void Service::State::end_sweep(SweepId sweep, const std::string& event) {
  clocks[sweep].ended = now();
  ++open_errands;
  boost::asio::post(errands,
                    [this, sweep, event, store = options.store, spec = books.at(sweep).spec()] {
                      if (event != "paused") {
                        if (const Result<void> pruned = prune_models(store, sweep, spec); !pruned) {
                          spdlog::error("sweep {}: {}", sweep, pruned.error().message);
                        }
                      }
                      boost::asio::post(context, [this, sweep, event] {
                        run_on_end(sweep, event);
                        --open_errands;
                        leave_if_quiet();
                      });
                    });
}

void Service::State::run_on_end(SweepId sweep, const std::string& event) {
  const SweepSpec& spec = books.at(sweep).spec();
  if (spec.on_end.empty() || is_stopping) {
    return;
  }
  auto command = ChildProcess::start(
      on_end_command(options.store, sweep, spec, event, scheduler.account(sweep)),
      context.get_executor(),
      [this, sweep](ProcessEnd end) {
        if (end.code != 0 || end.signal != 0) {
          spdlog::error("sweep {}: on_end ended with {} {}; it printed to on_end.log in the store",
                        sweep,
                        end.signal != 0 ? "signal" : "code",
                        end.signal != 0 ? end.signal : end.code);
        }
        --open_errands;
        leave_if_quiet();
      });
  if (!command) {
    spdlog::error("sweep {}: on_end: {}", sweep, command.error().message);
    return;
  }
  ++open_errands;
  commands.push_back(std::move(*command));
}

// Only once the run's end is committed: until then its next attempt may need them.
void Service::State::remove_checkpoints(RunId run) {
  boost::asio::post(errands, [run, folder = db::StoreFolder{options.store}.checkpoints(run)] {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
    if (error) {
      spdlog::warn("the checkpoints of run {} cannot be removed: {}", run, error.message());
    }
  });
}

// Who is a stranger is decided when looking: a worker of ours that has ended since would be one
// by the list of today.
void Service::State::survey() {
  machine = survey_machine(machine.trainer_has_cuda);
  std::vector<std::int64_t> own = workers ? workers->pids() : std::vector<std::int64_t>{};
  for (Gpu& gpu : machine.gpus.gpus) {
    std::erase_if(gpu.processes, [&](const GpuProcess& process) {
      return std::find(own.begin(), own.end(), process.pid) != own.end() ||
             is_worker_of(process.pid, options.store);
    });
  }
}

// As many workers as there is work for, and no more than the places hold.
void Service::State::staff() {
  if (is_draining || is_stopping) {
    return;
  }
  std::map<std::string, std::pair<Place, std::int64_t>> wanted;
  for (const SweepId sweep : scheduler.sweeps()) {
    if (scheduler.state(sweep) != SweepState::running) {
      continue;
    }
    const Account account = scheduler.account(sweep);
    std::int64_t work_left = account.pending + account.leased + account.running;
    const std::int64_t most = books.at(sweep).spec().max_concurrent;
    work_left = most > 0 ? std::min(most, work_left) : work_left;
    for (const Place& place : places_of(books.at(sweep).spec())) {
      auto& [kept, count] = wanted.try_emplace(place.device, place, 0).first->second;
      kept.workers = std::max(kept.workers, place.workers);
      const std::int64_t here = std::min(work_left, place.workers);
      count += here;
      work_left -= here;
    }
  }
  for (const auto& [device, want] : wanted) {
    workers->ensure(want.first, std::min(want.second, want.first.workers));
  }
}

std::vector<Place> Service::State::places_of(const SweepSpec& spec) const {
  const Result<std::vector<Place>> places = places_for(spec.resources, machine, {});
  // Checked at submit; a device that has gone since has no places, and `waiting` says so.
  return places ? *places : std::vector<Place>{};
}

std::optional<SweepId> Service::State::sweep_of(RunId run) const {
  const auto found = sweep_by_run.find(run);
  return found == sweep_by_run.end() ? std::nullopt : std::optional(found->second);
}

// Summed anew at each question: 10,000 look-ups take well under a millisecond.
std::int64_t Service::State::settled_steps(SweepId sweep) const {
  std::int64_t steps = 0;
  for (const RunId run : clocks.at(sweep).settled) {
    steps += books.at(sweep).steps_of(run);
  }
  return steps;
}

Result<void> Service::State::adopt(const db::StoredSweep& stored) {
  Result<SweepBook> book = SweepBook::open(stored);
  if (!book) {
    return book.error();
  }
  const SweepId sweep = stored.record.sweep;
  for (const db::StoredSweep::StoredRun& run : stored.runs) {
    sweep_by_run[run.run] = sweep;
  }
  SweepClock clock;
  for (const RunRecord& run : stored.record.runs) {
    if (is_terminal(run.state)) {
      clock.settled.insert(run.run);
    }
  }
  clocks[sweep] = clock;
  books.insert_or_assign(sweep, std::move(*book));
  return {};
}

void Service::State::on_stream(const std::shared_ptr<transport::FramedStream>& stream) {
  clients.insert(stream);
  const std::weak_ptr<transport::FramedStream> weak = stream;
  const auto worker = std::make_shared<WorkerId>();  // 0: a client, until it says Hello
  stream->start(
      [this, weak, worker](const protocol::Message& message) {
        const auto peer = weak.lock();
        if (!peer) {
          return;
        }
        if (*worker != WorkerId{}) {
          on_worker_message(*worker, message);
        } else if (const auto* hello = std::get_if<protocol::Hello>(&message)) {
          clients.erase(peer);
          if (!workers->attach(peer, *hello)) {
            spdlog::warn("a process said to be worker {} and was turned away", hello->worker);
            peer->close();
            return;
          }
          *worker = hello->worker;
        } else if (const auto* request = std::get_if<protocol::Request>(&message)) {
          on_request(request->json, [weak](const nlohmann::ordered_json& reply) {
            if (const auto asker = weak.lock()) {
              answer(*asker, reply);
            }
          });
        }
      },
      [this, weak, worker](const Error& error) {
        if (*worker != WorkerId{}) {
          workers->stream_closed(*worker, error);
        } else if (const auto peer = weak.lock()) {
          clients.erase(peer);
        }
      });
}

void Service::State::on_worker_message(WorkerId worker, const protocol::Message& message) {
  if (std::holds_alternative<protocol::Beat>(message)) {
    handle(Heartbeat{worker});
  } else if (const auto* started = std::get_if<protocol::Started>(&message)) {
    progress.started(started->run, worker, started->attempt, started->first_step, now());
    handle(RunStarted{worker, started->run, started->attempt, started->first_step});
  } else if (const auto* metrics = std::get_if<protocol::Metrics>(&message)) {
    on_metrics(worker, *metrics);
  } else if (const auto* ended = std::get_if<protocol::Finished>(&message)) {
    on_finished(worker, *ended);
  }
}

void Service::State::on_metrics(WorkerId worker, const protocol::Metrics& metrics) {
  const std::optional<SweepId> sweep = sweep_of(metrics.run);
  if (!sweep) {
    return;
  }
  progress.rows(
      metrics.run, metrics.attempt, metrics.steps, metrics.evals, books.at(*sweep).spec().metric);
  std::vector<db::Write> writes = {db::MetricBatch{.run = metrics.run,
                                                   .attempt = metrics.attempt,
                                                   .steps = metrics.steps,
                                                   .evals = metrics.evals}};
  const protocol::MetricsStored stored{metrics.run, metrics.attempt, metrics.batch};
  writer->enqueue(std::move(writes), [this, worker, stored](const Result<void>& done) {
    boost::asio::post(context, [this, worker, stored, done] {
      done ? workers->send(worker, stored) : fail(done.error());
    });
  });
}

void Service::State::on_finished(WorkerId worker, const protocol::Finished& ended) {
  if (!sweep_of(ended.run)) {
    return;
  }
  train_seconds[ended.run] += ended.train_seconds;
  writer->enqueue({db::TrainSeconds{ended.run, ended.attempt, ended.train_seconds}},
                  [this](const Result<void>& done) {
                    if (!done) {
                      boost::asio::post(context, [this, done] { fail(done.error()); });
                    }
                  });
  handle(RunFinished{.worker = worker,
                     .run = ended.run,
                     .attempt = ended.attempt,
                     .end = ended.end,
                     .failure = ended.failure,
                     .message = ended.message});
}

}  // namespace tarama::orchestrator
