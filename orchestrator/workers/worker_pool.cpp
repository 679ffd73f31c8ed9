// Worker processes from their start until both process and stream have ended.
#include "orchestrator/workers/worker_pool.hpp"

#include "db/store_folder.hpp"
#include "orchestrator/workers/child_process.hpp"
#include "transport/timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <random>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

// Loading LibTorch with CUDA from a cold disk was seen to take 20 s.
constexpr std::chrono::seconds join_limit{120};
// A worker that lost its stream checkpoints and goes; a checkpoint of BERT-base takes about 3 s.
constexpr std::chrono::seconds leave_limit{30};
// One failed start may be bad luck; three in a row are a broken program or machine.
constexpr int failed_starts_allowed = 3;

std::string random_token() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

std::string last_lines(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::ate);
  if (!stream) {
    return {};
  }
  constexpr std::streamoff wanted = 500;  // a message and its neighbours
  const std::streamoff size = stream.tellg();
  stream.seekg(std::max<std::streamoff>(0, size - wanted));
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text;
}

}  // namespace

struct WorkerPool::Worker {
  WorkerId id;
  Place place;
  std::string token = random_token();
  std::filesystem::path output;
  std::unique_ptr<ChildProcess> process;
  std::shared_ptr<transport::FramedStream> stream;
  WorkerPhase phase = WorkerPhase::starting;
  bool has_joined = false;
  std::optional<std::string> ended;  // how the process ended, once it has
  FailureClass why = FailureClass::exited;
  std::optional<std::pair<FailureClass, std::string>> killed_for;
  std::unique_ptr<transport::Deadline> limit;  // to join, or to leave
};

WorkerPool::WorkerPool(boost::asio::io_context& context,
                       WorkerProgram program,
                       WorkerHandlers handlers)
    : context_(context), program_(std::move(program)), handlers_(std::move(handlers)) {}

WorkerPool::~WorkerPool() {
  for (auto& [id, worker] : workers_) {
    if (worker->stream) {
      worker->stream->close();
    }
  }
}

void WorkerPool::ensure(const Place& place, std::int64_t count) {
  std::int64_t there = 0;
  for (const auto& [id, worker] : workers_) {
    const bool counts = worker->place.device == place.device &&
                        worker->phase != WorkerPhase::stopping && !worker->killed_for;
    there += counts ? 1 : 0;
  }
  for (; there < count && failed_starts_[place.device] < failed_starts_allowed; ++there) {
    start(place);
  }
}

void WorkerPool::start(const Place& place) {
  auto worker = std::make_unique<Worker>();
  const WorkerId id{++last_id_};
  worker->id = id;
  worker->place = place;
  worker->output = program_.store / fmt::format("worker-{}.log", id);
  std::error_code ignored;  // a stale log is appended to
  std::filesystem::remove(worker->output, ignored);
  ProcessStart start{.program = program_.program,
                     .arguments = {"--connect",
                                   db::StoreFolder{program_.store}.control_socket(),
                                   "--worker",
                                   fmt::format("{}", id),
                                   "--device",
                                   place.device,
                                   "--store",
                                   program_.store,
                                   "--threads",
                                   fmt::format("{}", place.threads)},
                     // Not among the arguments: those can be read by every user of the machine.
                     .environment = {{"TARAMA_WORKER_TOKEN", worker->token},
                                     {"OMP_NUM_THREADS", fmt::format("{}", place.threads)},
                                     {"MKL_NUM_THREADS", fmt::format("{}", place.threads)},
                                     {"CUDA_VISIBLE_DEVICES", place.uuid}},
                     .output = worker->output};
  auto process = ChildProcess::start(start, context_.get_executor(), [this, id](ProcessEnd end) {
    process_ended(id, end.code, end.signal);
  });
  if (!process) {
    failed_starts_[place.device] = failed_starts_allowed;
    start_errors_[place.device] = process.error().message;
    boost::asio::post(context_, [this] { handlers_.changed(); });
    return;
  }
  worker->process = std::move(*process);
  worker->limit = std::make_unique<transport::Deadline>(context_.get_executor(), [this, id] {
    kill(id, FailureClass::hung, "it did not report within 120 s of its start");
  });
  worker->limit->start(join_limit);
  spdlog::info("worker {} started on {} (pid {})", id, place.device, worker->process->pid());
  workers_.emplace(id, std::move(worker));
}

bool WorkerPool::attach(std::shared_ptr<transport::FramedStream> stream,
                        const protocol::Hello& hello) {
  const auto found = workers_.find(hello.worker);
  if (found == workers_.end() || found->second->token != hello.token || found->second->stream) {
    return false;
  }
  Worker& worker = *found->second;
  worker.stream = std::move(stream);
  worker.limit->cancel();
  if (worker.phase == WorkerPhase::stopping) {
    worker.stream->send(protocol::Shutdown{}).value();
    return true;
  }
  worker.phase = WorkerPhase::joined;
  worker.has_joined = true;
  failed_starts_[worker.place.device] = 0;
  start_errors_.erase(worker.place.device);
  worker.stream->send(protocol::Welcome{}).value();
  handlers_.joined(worker.id, worker.place.device);
  return true;
}

void WorkerPool::stream_closed(WorkerId id, const Error& error) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) {
    return;
  }
  Worker& worker = *found->second;
  worker.stream->close();
  if (error.code != Errc::io) {
    spdlog::warn("worker {}: {}", id, error.message);
  }
  worker.limit = std::make_unique<transport::Deadline>(context_.get_executor(), [this, id] {
    kill(id, FailureClass::hung, "it left its stream and did not end");
  });
  worker.limit->start(leave_limit);
  settle(id);
}

void WorkerPool::send(WorkerId worker, const protocol::Message& message) {
  const auto found = workers_.find(worker);
  if (found == workers_.end() || !found->second->stream) {
    return;  // It is gone; `lost` tells the scheduler, which hands the run out again.
  }
  if (const Result<void> sent = found->second->stream->send(message); !sent) {
    kill(worker, FailureClass::exited, sent.error().message);
  }
}

void WorkerPool::kill(WorkerId worker, FailureClass why, const std::string& message) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) {
    return;
  }
  if (!found->second->killed_for) {
    found->second->killed_for = {why, message};
  }
  found->second->process->signal(SIGKILL);
}

void WorkerPool::process_ended(WorkerId id, int code, int signal) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) {
    return;
  }
  Worker& worker = *found->second;
  if (signal != 0) {
    worker.why = FailureClass::crashed;
    worker.ended =
        fmt::format("the worker process was ended by signal {} ({})", signal, strsignal(signal));
  } else {
    worker.why = FailureClass::exited;
    worker.ended = fmt::format("the worker process ended with code {}", code);
  }
  settle(id);
}

// A worker is lost once its process has ended and its stream is read to the end: what it sent
// last may be its result.
void WorkerPool::settle(WorkerId id) {
  const auto found = workers_.find(id);
  Worker& worker = *found->second;
  if (!worker.ended || (worker.stream && worker.stream->is_open())) {
    return;
  }
  const std::unique_ptr<Worker> gone = std::move(found->second);
  workers_.erase(found);
  const auto [why, message] =
      gone->killed_for.value_or(std::pair{gone->why, gone->ended.value_or("")});
  spdlog::info("worker {} is gone: {}", id, message);
  if (gone->has_joined) {
    handlers_.lost(id, why, message);
  } else if (gone->phase != WorkerPhase::stopping) {
    note_failed_start(*gone);
  }
  std::error_code ignored;  // A log that stays is no harm.
  if (gone->phase != WorkerPhase::starting) {
    std::filesystem::remove(gone->output, ignored);
  }
  handlers_.changed();
}

void WorkerPool::note_failed_start(const Worker& worker) {
  ++failed_starts_[worker.place.device];
  const std::string printed = last_lines(worker.output);
  start_errors_[worker.place.device] =
      fmt::format("no worker starts on {}: {}; it printed: {}",
                  worker.place.device,
                  worker.killed_for ? worker.killed_for->second : worker.ended.value_or(""),
                  printed.empty() ? "nothing" : printed);
}

void WorkerPool::shut_down() {
  for (auto& [id, worker] : workers_) {
    if (worker->phase == WorkerPhase::stopping) {
      continue;
    }
    worker->phase = WorkerPhase::stopping;
    if (worker->stream) {
      static_cast<void>(worker->stream->send(protocol::Shutdown{}));  // too short to be refused
    } else {
      worker->process->signal(SIGTERM);
    }
    worker->limit = std::make_unique<transport::Deadline>(
        context_.get_executor(),
        [this, gone = id] { kill(gone, FailureClass::hung, "it did not end when asked to"); });
    worker->limit->start(leave_limit);
  }
}

void WorkerPool::kill_all() {
  for (auto& [id, worker] : workers_) {
    worker->phase = WorkerPhase::stopping;
    worker->process->signal(SIGKILL);
  }
}

void WorkerPool::forgive() {
  failed_starts_.clear();
  start_errors_.clear();
}

std::vector<WorkerView> WorkerPool::workers() const {
  std::vector<WorkerView> views;
  for (const auto& [id, worker] : workers_) {
    if (!worker->ended) {
      views.push_back({.worker = id,
                       .pid = worker->process->pid(),
                       .device = worker->place.device,
                       .phase = worker->phase});
    }
  }
  return views;
}

std::vector<std::int64_t> WorkerPool::pids() const {
  std::vector<std::int64_t> pids;
  for (const auto& [id, worker] : workers_) {
    pids.push_back(worker->process->pid());
  }
  return pids;
}

std::string WorkerPool::trouble() const {
  for (const auto& [device, failures] : failed_starts_) {
    if (failures >= failed_starts_allowed) {
      return start_errors_.at(device);
    }
  }
  return {};
}

}  // namespace tarama::orchestrator
