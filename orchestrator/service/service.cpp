// The service's life: opening, the loop, draining, leaving.
#include "orchestrator/service/service.hpp"

#include "db/sqlite/sqlite_store.hpp"
#include "db/store_folder.hpp"
#include "orchestrator/service/service_state.hpp"
#include "orchestrator/workers/child_process.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace tarama::orchestrator {
namespace {

// Leases end after 15 s and time limits are given in seconds: one look a second is exact enough.
constexpr std::chrono::milliseconds tick_period{1000};
// Idle workers are kept warm between sweeps that follow one another; a GPU's memory is not kept
// from its other users for longer.
constexpr std::chrono::milliseconds idle_limit{60'000};

struct WorkerKind {
  std::string trainer;
  bool has_cuda = false;
};

/// What the worker program says of itself; it is started for that, once.
Result<WorkerKind> probe(const std::filesystem::path& program) {
  const Result<std::string> output =
      output_of({.program = program, .arguments = {"--probe"}, .environment = {}, .output = {}});
  if (!output) {
    return in_context("the worker program cannot be used", output.error());
  }
  try {
    const auto document = nlohmann::json::parse(*output);
    return WorkerKind{.trainer = document.at("trainer").get<std::string>(),
                      .has_cuda = document.at("cuda").get<bool>()};
  } catch (const nlohmann::json::exception& error) {
    return Error{Errc::io,
                 fmt::format("{} is no worker of tarama: --probe printed '{}' ({})",
                             program.string(),
                             *output,
                             error.what())};
  }
}

}  // namespace

Service::State::State(ServiceOptions service_options) : options(std::move(service_options)) {}

// The loop is over: nothing that the writer or the errands post from here on is run, but they
// must not outlive what they point to.
Service::State::~State() {
  writer.reset();
  errands.join();
  workers.reset();
}

TimePoint Service::State::now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

Result<void> Service::State::open() {
  const Result<db::StoreFolder> folder = db::prepare_store_folder(options.store);
  if (!folder) {
    return folder.error();
  }
  Result<db::StoreLock> locked = db::StoreLock::take(*folder);
  if (!locked) {
    return locked.error();
  }
  lock = std::make_unique<db::StoreLock>(std::move(*locked));
  options.store = std::filesystem::canonical(options.store);
  Result<WorkerKind> kind = probe(options.worker_program);
  if (!kind) {
    return kind.error();
  }
  trainer = kind->trainer;
  machine.trainer_has_cuda = kind->has_cuda;
  survey();
  if (!machine.gpus.trouble.empty()) {
    spdlog::warn("{}", machine.gpus.trouble);
  }
  Result<std::unique_ptr<transport::Listener>> listening =
      transport::Listener::open(context, db::StoreFolder{options.store}.control_socket());
  if (!listening) {
    return listening.error();
  }
  listener = std::move(*listening);
  workers = std::make_unique<WorkerPool>(
      context,
      WorkerProgram{.program = options.worker_program, .store = options.store},
      WorkerHandlers{.joined =
                         [this](WorkerId id, const std::string& device) {
                           handle(WorkerJoined{id, device, 1});
                         },
                     .lost =
                         [this](WorkerId id, FailureClass why, const std::string& message) {
                           handle(WorkerLost{id, why, message});
                         },
                     .changed =
                         [this] {
                           staff();
                           leave_if_quiet();
                         }});
  return restore();
}

Result<void> Service::State::restore() {
  Result<std::unique_ptr<db::RunStore>> store = db::open_sqlite_store(options.store / "tarama.db");
  if (!store) {
    return store.error();
  }
  Result<std::vector<db::StoredSweep>> stored = (*store)->load();
  if (!stored) {
    return stored.error();
  }
  std::vector<SweepRecord> records;
  for (db::StoredSweep& sweep : *stored) {
    if (const Result<void> adopted = adopt(sweep); !adopted) {
      return adopted.error();
    }
    // The machine may have other devices than when the sweep was submitted.
    const SweepBook& book = books.at(sweep.record.sweep);
    sweep.record.rules = rules_of(book.spec(), places_of(book.spec()));
    records.push_back(std::move(sweep.record));
  }
  writer = std::make_unique<db::StoreWriter>(std::move(*store));
  Effects effects;
  scheduler = Scheduler::restore(std::move(records), now(), effects);
  perform(std::move(effects));
  return {};
}

Result<std::unique_ptr<Service>> Service::start(ServiceOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  if (const Result<void> opened = state->open(); !opened) {
    return opened.error();
  }
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}

Service::~Service() = default;

Result<void> Service::run() {
  return state_->run();
}

void Service::drain() {
  boost::asio::post(state_->context, [state = state_.get()] { state->begin_drain(); });
}

void Service::stop_now() {
  boost::asio::post(state_->context, [state = state_.get()] { state->begin_stop(); });
}

Result<void> Service::State::run() {
  work.emplace(context.get_executor());
  listener->start(
      [this](const std::shared_ptr<transport::FramedStream>& stream) { on_stream(stream); });
  ticker =
      std::make_unique<transport::Ticker>(context.get_executor(), tick_period, [this] { tick(); });
  staff();
  context.run();
  if (failure) {
    return *failure;
  }
  return {};
}

// A loop that stood still (Ctrl-Z, a suspended machine) heard nobody: that is no silence of the
// workers, whose beats wait in their sockets.
void Service::State::forgive_silence() {
  const bool was_asleep =
      last_tick && now().milliseconds - last_tick->milliseconds > 3 * tick_period.count();
  last_tick = now();
  if (!was_asleep) {
    return;
  }
  for (const WorkerView& worker : workers->workers()) {
    handle(Heartbeat{worker.worker});
  }
}

void Service::State::log_store_trouble() {
  const std::optional<Error> trouble = writer->trouble();
  std::string message = trouble ? trouble->message : "";
  if (message != last_store_trouble) {
    message.empty() ? spdlog::warn("the store can be written again")
                    : spdlog::error("the store cannot be written, waiting: {}", message);
    last_store_trouble = std::move(message);
  }
}

void Service::State::tick() {
  forgive_silence();
  log_store_trouble();
  handle(Tick{});
  staff();
  if (!scheduler.is_quiet() || is_draining) {
    idle_since.reset();
    return;
  }
  idle_since = idle_since.value_or(now());
  if (now().milliseconds - idle_since->milliseconds > idle_limit.count() && !has_work()) {
    for (const WorkerView& worker : workers->workers()) {
      // Said before they know it themselves: nothing is handed to a worker that is leaving.
      handle(WorkerLost{worker.worker, FailureClass::exited, "sent home idle"});
    }
    workers->shut_down();
  }
}

bool Service::State::has_work() const {
  for (const SweepId sweep : scheduler.sweeps()) {
    if (scheduler.state(sweep) == SweepState::running && scheduler.account(sweep).pending > 0) {
      return true;
    }
  }
  return false;
}

void Service::State::begin_drain() {
  if (is_draining) {
    return;
  }
  is_draining = true;
  spdlog::info("stopping: running attempts are checkpointed");
  handle(DrainAsked{});
  leave_if_quiet();
}

void Service::State::begin_stop() {
  is_draining = true;
  is_stopping = true;
  workers->kill_all();
  commands.clear();
  // Not behind the writer's queue, which may be waiting for room on a full disk.
  work.reset();
  context.stop();
}

// Three things must be over before we go: attempts, then worker processes, then errands.
void Service::State::leave_if_quiet() {
  if (!is_draining || is_stopping || !scheduler.is_quiet()) {
    return;
  }
  workers->shut_down();
  if (workers->workers().empty() && open_errands == 0) {
    leave();
  }
}

// The last transactions are committed before the loop ends.
void Service::State::leave() {
  ticker.reset();
  listener->stop();
  writer->run([this](db::RunStore&) {
    boost::asio::post(context, [this] {
      work.reset();
      context.stop();
    });
  });
}

void Service::State::fail(const Error& error) {
  if (failure) {
    return;
  }
  failure = error;
  spdlog::error("the store cannot be written: {}", error.message);
  begin_stop();
}

}  // namespace tarama::orchestrator
