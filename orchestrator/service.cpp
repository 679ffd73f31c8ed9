// The service's life: the store's lock, the worker program, the socket, and the loop.
#include "orchestrator/service.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/learner_choice.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "db/store_folder.hpp"
#include "db/store_watch.hpp"
#include "orchestrator/requests/requests.hpp"
#include "orchestrator/service/orchestrator.hpp"
#include "orchestrator/workers/child_process.hpp"
#include "orchestrator/workers/local_launcher.hpp"
#include "orchestrator/workers/process_identity.hpp"
#include "transport/listener.hpp"
#include "transport/timers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

// Loading LibTorch with CUDA from a cold disk was seen to take 20 s.
constexpr std::chrono::seconds probe_limit{120};

struct WorkerKind {
  std::string trainer;
  bool has_cuda = false;
  std::set<LearnerName> learners = LearnerSupply{}.learners;
  std::set<LearnerName> learners_on_gpus = LearnerSupply{}.on_gpus;
};

/// Those that the document lists under `key` and we know; a program that lists none, say one of a
/// test, is taken to have all.
std::set<LearnerName> learners_in(const nlohmann::json& document, const char* key) {
  if (!document.contains(key)) {
    return LearnerSupply{}.learners;
  }
  std::set<LearnerName> learners;
  for (const nlohmann::json& name : document.at(key)) {
    if (const auto learner = learner_named(name.get<std::string>())) {
      learners.insert(*learner);
    }
  }
  return learners;
}

/// What the worker program says of itself; it is started for that, once.
Result<WorkerKind> probe(const std::filesystem::path& program, const std::stop_token& stop) {
  const Result<std::string> output =
      output_of({.program = program, .arguments = {"--probe"}, .environment = {}, .output = {}},
                probe_limit,
                stop);
  if (!output) {
    return in_context("the worker program cannot be used", output.error());
  }
  try {
    const auto document = nlohmann::json::parse(*output);
    return WorkerKind{.trainer = document.at("trainer").get<std::string>(),
                      .has_cuda = document.at("cuda").get<bool>(),
                      .learners = learners_in(document, "learners"),
                      .learners_on_gpus = learners_in(document, "learners_on_gpus")};
  } catch (const nlohmann::json::exception& error) {
    return Error{Errc::io,
                 fmt::format("{} is no worker of tarama: --probe printed '{}' ({})",
                             program.string(),
                             *output,
                             error.what())};
  }
}

/// The machine as far as that worker program can use it.
Survey with_learners(Survey survey, const WorkerKind& kind) {
  return [survey = std::move(survey),
          on_gpus = kind.learners_on_gpus](const std::vector<std::int64_t>& own_pids) {
    Machine machine = survey(own_pids);
    machine.learners_on_gpus = on_gpus;
    return machine;
  };
}

/// Workers that an earlier orchestrator started: a GPU that one of them is on is not a stranger's.
Result<std::vector<std::int64_t>> pids_of_sessions(db::RunStore& store) {
  const Result<std::vector<db::OpenSession>> sessions = store.open_sessions();
  if (!sessions) {
    return sessions.error();
  }
  std::vector<std::int64_t> pids;
  for (const db::OpenSession& session : *sessions) {
    if (fate_of_process(session.row.pid, session.row.process) != ProcessFate::dead) {
      pids.push_back(session.row.pid);
    }
  }
  return pids;
}

/// The machine before any worker of ours is started, with what is to be said of it.
Result<Machine> first_look(const Survey& survey, db::RunStore& store) {
  const Result<std::vector<std::int64_t>> own_pids = pids_of_sessions(store);
  if (!own_pids) {
    return own_pids.error();
  }
  Machine machine = survey(*own_pids);
  for (const std::string& trouble :
       {machine.gpus.trouble, machine.gpus.not_visible, machine.gpus.order}) {
    if (!trouble.empty()) {
      spdlog::warn("{}", trouble);
    }
  }
  return machine;
}

void remove_stop_mark(const db::StoreFolder& folder) {
  std::error_code ignored;  // one that stays ends the waiting of others too early, with a word
  std::filesystem::remove(folder.stop_mark(), ignored);
}

}  // namespace

struct Service::State {
  void leave() {
    ticker.reset();
    listener->stop();
    orchestrator->hang_up();
    work.reset();
    context.stop();
  }

  void stop_now() {
    orchestrator->stop_now();
    // Not behind the writer's queue, which may be waiting for room on a full disk.
    leave();
  }

  void tick() {
    orchestrator->tick();
    const std::vector<RunningCommand> commands = orchestrator->commands();
    sweep_of_on_end = commands.empty() ? 0 : commands.front().sweep.value;
    look_at_store();
  }

  // As an errand, since a file system may be slow; and not twice at once.
  void look_at_store() {
    if (is_looking) {
      return;
    }
    is_looking = true;
    const auto trouble = std::make_shared<std::optional<Error>>();
    orchestrator->errands().run([trouble, watch = watch] { *trouble = watch->trouble(); },
                                [this, trouble] {
                                  is_looking = false;
                                  *trouble ? lose_store(**trouble) : renew_socket();
                                });
  }

  void lose_store(const Error& error) {
    orchestrator->lose_store(error);
    leave();
  }

  void renew_socket() {
    const Result<bool> renewed = listener->renew();
    const std::string remark = !renewed   ? renewed.error().message
                               : *renewed ? "control.sock was removed, and is there again"
                                          : "";
    if (!remark.empty() && remark != last_remark) {
      spdlog::warn("{}", remark);
    }
    last_remark = remark;
  }

  boost::asio::io_context context{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
  std::optional<db::StoreLock> lock;
  std::unique_ptr<transport::Listener> listener;
  std::unique_ptr<transport::Ticker> ticker;
  std::unique_ptr<Orchestrator> orchestrator;
  std::unique_ptr<Requests> requests;
  std::shared_ptr<db::StoreWatch> watch;  // used by the errands' thread
  bool is_looking = false;
  std::string last_remark;                        // about the socket
  std::atomic<std::int64_t> sweep_of_on_end = 0;  // read by any thread
};

namespace {

/// What the options say of them.
OrchestratorParts parts_by(const ServiceOptions& options) {
  OrchestratorParts parts;
  parts.min_free = options.min_free;
  parts.return_time = options.return_time;
  parts.most_clients = most_clients();
  parts.cache_age = options.cache_age;
  parts.sharing_look = options.sharing_look;
  return parts;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::start(ServiceOptions options) {
  auto state = std::make_unique<State>();
  const Result<db::StoreFolder> folder = db::prepare_store_folder(options.store);
  if (!folder) {
    return folder.error();
  }
  Result<db::StoreLock> locked = db::StoreLock::take(*folder);
  if (!locked) {
    return locked.error();
  }
  state->lock.emplace(std::move(*locked));
  remove_stop_mark(*folder);
  const std::filesystem::path store = std::filesystem::canonical(options.store);
  const Result<WorkerKind> kind = probe(options.worker_program, options.stop);
  if (!kind) {
    return kind.error();
  }
  Result<std::unique_ptr<db::RunStore>> database = db::open_sqlite_store(
      db::StoreFolder{store}.database(), [](const std::string& text) { spdlog::warn("{}", text); });
  if (!database) {
    return database.error();
  }
  const Survey survey = with_learners(survey_of_this_machine(kind->has_cuda, store), *kind);
  Result<Machine> machine = first_look(survey, **database);
  if (!machine) {
    return machine.error();
  }
  // Before the first worker, which connects to it.
  Result<std::unique_ptr<transport::Listener>> listening =
      transport::Listener::open(state->context, db::StoreFolder{store}.control_socket());
  if (!listening) {
    return listening.error();
  }
  state->listener = std::move(*listening);
  OrchestratorParts parts = parts_by(options);
  parts.store = std::move(*database);
  parts.launcher = make_local_launcher(
      state->context.get_executor(), options.worker_program, store, options.worker_grace);
  parts.clocks = system_clocks();
  parts.survey = survey;
  parts.machine = std::move(*machine);
  parts.folder = store;
  parts.trainer = kind->trainer;
  parts.disk = [store] { return room_at(store); };
  parts.learners = kind->learners;
  Result<std::unique_ptr<Orchestrator>> orchestrator = Orchestrator::open(
      state->context.get_executor(), std::move(parts), [raw = state.get()] { raw->leave(); });
  if (!orchestrator) {
    return orchestrator.error();
  }
  state->orchestrator = std::move(*orchestrator);
  state->watch = std::make_shared<db::StoreWatch>(db::StoreFolder{store});
  state->requests =
      std::make_unique<Requests>(*state->orchestrator, [raw = state.get()] { raw->stop_now(); });
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}

Service::~Service() = default;

Result<void> Service::run() {
  State& state = *state_;
  state.work.emplace(state.context.get_executor());
  state.orchestrator->set_on_request(
      [&state](const std::string& json, std::uint16_t version, Orchestrator::Answer answer) {
        state.requests->answer(json, version, std::move(answer));
      });
  state.listener->start([&state](const std::shared_ptr<transport::FramedStream>& stream) {
    state.orchestrator->accept(stream);
  });
  state.ticker = std::make_unique<transport::Ticker>(
      state.context.get_executor(), tick_period, [&state] { state.tick(); });
  state.orchestrator->begin();
  state.context.run();
  if (state.orchestrator->failure()) {
    return *state.orchestrator->failure();
  }
  return {};
}

void Service::finish() {
  boost::asio::post(state_->context, [state = state_.get()] { state->orchestrator->finish(); });
}

std::optional<SweepId> Service::sweep_of_on_end() const {
  const std::int64_t sweep = state_->sweep_of_on_end;
  return sweep == 0 ? std::nullopt : std::optional(SweepId{sweep});
}

void Service::drain() {
  boost::asio::post(state_->context, [state = state_.get()] { state->orchestrator->drain(); });
}

void Service::stop_now() {
  boost::asio::post(state_->context, [state = state_.get()] { state->stop_now(); });
}

}  // namespace tarama::orchestrator
