// See orchestrator_world.hpp.
#include "tests/unit/orchestrator/service/orchestrator_world.hpp"

#include "core/search/grid.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/sweeps/prepared_summary.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <spdlog/spdlog.h>
#include <utility>
#include <variant>

namespace tarama::test {
namespace {

using nlohmann::ordered_json;
using orchestrator::LaunchedWorker;
using orchestrator::LaunchRequest;

class StoreView final : public db::RunStore {
 public:
  explicit StoreView(std::shared_ptr<SharedStore> shared) : shared_(std::move(shared)) {}

  template <class Work>
  auto locked(Work work) {
    const std::lock_guard gate(shared_->gate);
    const std::lock_guard lock(shared_->mutex);
    return work(shared_->store);
  }

  Result<db::StoredSweep> create_sweep(db::NewSweep sweep) override {
    return locked([&](MemoryStore& store) { return store.create_sweep(std::move(sweep)); });
  }

  Result<db::StoredSweep> extend_sweep(SweepId sweep, const db::NewSweep& more) override {
    return locked([&](MemoryStore& store) { return store.extend_sweep(sweep, more); });
  }

  Result<void> change_rules(SweepId sweep,
                            const SweepRules& rules,
                            const std::string& spec) override {
    return locked([&](MemoryStore& store) { return store.change_rules(sweep, rules, spec); });
  }

  Result<RefinementStage> begin_refinement(SweepId sweep,
                                           const Refinement& asked,
                                           TimePoint now) override {
    return locked([&](MemoryStore& store) { return store.begin_refinement(sweep, asked, now); });
  }

  Result<void> tell_refinement(SweepId sweep, const db::RefinementNews& news) override {
    return locked([&](MemoryStore& store) { return store.tell_refinement(sweep, news); });
  }

  Result<db::SearchEvidence> evidence(SweepId sweep, std::optional<LevelId> level) override {
    return locked([&](MemoryStore& store) { return store.evidence(sweep, level); });
  }

  Result<void> write_rungs(const std::vector<RungRow>& rows) override {
    if (shared_->rungs_without_room > 0) {
      --shared_->rungs_without_room;
      return Error{Errc::disk_full, "no room left to write"};
    }
    return locked([&](MemoryStore& store) { return store.write_rungs(rows); });
  }

  Result<std::vector<RungRow>> rungs(SweepId sweep) override {
    return locked([&](MemoryStore& store) { return store.rungs(sweep); });
  }

  Result<void> write(const std::vector<db::Write>& writes) override {
    if (shared_->is_full) {
      return Error{Errc::disk_full, "no room left to write"};
    }
    const Result<void> written = locked([&](MemoryStore& store) { return store.write(writes); });
    for (const db::Write& one : writes) {
      if (std::holds_alternative<db::Duty>(one)) {
        shared_->has_new_duty = true;
      }
    }
    return written;
  }

  Result<std::vector<db::LoadedSweep>> load_open() override {
    auto loaded = locked([](MemoryStore& store) { return store.load_open(); });
    if (loaded && shared_->on_load) {
      shared_->on_load(*loaded);
    }
    return loaded;
  }

  Result<db::StoredSweep> load_sweep(SweepId sweep) override {
    if (shared_->is_damaged) {
      return Error{Errc::corrupt, "its rows are damaged"};
    }
    return locked([&](MemoryStore& store) { return store.load_sweep(sweep); });
  }

  Result<std::string> spec_of(SweepId sweep) override {
    return locked([&](MemoryStore& store) { return store.spec_of(sweep); });
  }

  Result<std::optional<SweepId>> find_sweep(const std::string& identity) override {
    return locked([&](MemoryStore& store) { return store.find_sweep(identity); });
  }

  Result<db::Committed> committed(RunId run) override {
    return locked([&](MemoryStore& store) { return store.committed(run); });
  }

  Result<std::vector<MetricPoint>> values(RunId run, const std::string& metric) override {
    return locked([&](MemoryStore& store) { return store.values(run, metric); });
  }

  Result<std::vector<db::OpenSession>> open_sessions() override {
    return locked([](MemoryStore& store) { return store.open_sessions(); });
  }

  Result<WorkerId> last_worker() override {
    return locked([](MemoryStore& store) { return store.last_worker(); });
  }

  Result<std::vector<PersistQuarantine>> quarantines() override {
    return locked([](MemoryStore& store) { return store.quarantines(); });
  }

  Result<std::vector<db::Duty>> duties() override {
    return locked([](MemoryStore& store) { return store.duties(); });
  }

  Result<std::int64_t> last_duty() override {
    return locked([](MemoryStore& store) { return store.last_duty(); });
  }

 private:
  std::shared_ptr<SharedStore> shared_;
};

class FakeWorkerProcess final : public LaunchedWorker {
 public:
  FakeWorkerProcess(boost::asio::io_context& loop, std::shared_ptr<FakeProcess> process)
      : loop_(loop), process_(std::move(process)) {}

  [[nodiscard]] std::int64_t pid() const override { return 4000 + process_->request.worker.value; }

  [[nodiscard]] std::string identity() const override { return process_->request.session; }

  void signal(int number) override {
    if (process_->has_ended) {
      return;
    }
    process_->has_ended = true;
    process_->ended_by = number;
    boost::asio::post(loop_, [process = process_, number] {
      if (process->stream) {
        process->stream->close();
      }
      process->ended({.code = 0, .signal = number, .is_known = !process->is_foreign});
    });
  }

  [[nodiscard]] std::function<std::string()> last_words() const override {
    return [process = process_] {
      process->read_on = std::this_thread::get_id();
      return fmt::format("the words of worker {}", process->request.worker);
    };
  }

  void forget_output() override {}

 private:
  boost::asio::io_context& loop_;
  std::shared_ptr<FakeProcess> process_;
};

class FakeLauncher final : public orchestrator::Launcher {
 public:
  FakeLauncher(boost::asio::io_context& loop,
               std::shared_ptr<std::vector<std::shared_ptr<FakeProcess>>> processes)
      : loop_(loop), processes_(std::move(processes)) {}

  [[nodiscard]] std::string_view name() const override { return "fake"; }

  [[nodiscard]] Result<std::unique_ptr<LaunchedWorker>> launch(const LaunchRequest& request,
                                                               Ended ended) override {
    auto process = std::make_shared<FakeProcess>();
    process->request = request;
    process->ended = std::move(ended);
    processes_->push_back(process);
    return std::unique_ptr<LaunchedWorker>(std::make_unique<FakeWorkerProcess>(loop_, process));
  }

  [[nodiscard]] std::unique_ptr<LaunchedWorker> adopt(const orchestrator::KnownWorker& worker,
                                                      Ended ended) override {
    auto process = process_of(worker);
    process->is_foreign = true;
    process->ended = std::move(ended);
    if (process->has_ended) {
      boost::asio::post(loop_, [process] { process->ended({.is_known = false}); });
    }
    return std::make_unique<FakeWorkerProcess>(loop_, process);
  }

 private:
  [[nodiscard]] std::shared_ptr<FakeProcess> process_of(const orchestrator::KnownWorker& worker) {
    for (const auto& process : *processes_) {
      if (process->request.session == worker.process) {
        return process;
      }
    }
    auto gone = std::make_shared<FakeProcess>();
    gone->request.worker = worker.worker;
    gone->has_ended = true;
    return gone;
  }

  boost::asio::io_context& loop_;
  std::shared_ptr<std::vector<std::shared_ptr<FakeProcess>>> processes_;
};

}  // namespace

std::unique_ptr<db::RunStore> view_of(std::shared_ptr<SharedStore> shared) {
  return std::make_unique<StoreView>(std::move(shared));
}

Peer::Peer(std::shared_ptr<transport::FramedStream> stream)
    : stream_(std::move(stream)),
      received_(std::make_shared<std::deque<protocol::Message>>()),
      is_hung_up_(std::make_shared<bool>(false)) {
  stream_->start([received = received_](
                     protocol::Message message) { received->push_back(std::move(message)); },
                 [hung_up = is_hung_up_](const Error& /*error*/) { *hung_up = true; });
}

void Peer::say(const protocol::Message& message) {
  EXPECT_TRUE(stream_->send(message));
}

World::World() {
  spdlog::set_level(spdlog::level::off);  // what matters is asserted
  machine_->machine.cores = 1;
  start();
}

World::~World() {
  crash();
}

void World::start() {
  has_left = false;
  lives_.push_back(std::make_unique<boost::asio::io_context>(1));
  work_.emplace(loop().get_executor());
  auto made = orchestrator::Orchestrator::open(
      loop().get_executor(),
      {.store = view_of(store),
       .launcher = std::make_unique<FakeLauncher>(loop(), processes),
       .clocks = {.wall = [this] { return TimePoint{steady_.count()}; },
                  .steady = [this] { return steady_; }},
       .survey =
           [machine = machine_](const std::vector<std::int64_t>& /*own_pids*/) {
             const std::lock_guard lock(machine->mutex);
             return machine->machine;
           },
       .machine = machine_->machine,
       .folder = folder.path(),
       .trainer = trainer},
      [this] { has_left = true; });
  ASSERT_TRUE(made) << made.error().message;
  orchestrator_ = std::move(*made);
  requests_ = std::make_unique<orchestrator::Requests>(*orchestrator_, [] {});
  orchestrator_->set_on_request(
      [this](const std::string& json, std::uint16_t version, auto answer) {
        requests_->answer(json, version, std::move(answer));
      });
  orchestrator_->begin();
}

void World::crash() {
  crash_alone();
  processes->clear();
}

void World::crash_alone() {
  requests_.reset();
  orchestrator_.reset();
  for (const auto& process : *processes) {
    if (process->stream) {
      process->stream->close();
      process->stream.reset();
    }
  }
  work_.reset();
}

void World::until(const std::function<bool()>& holds) {
  // Some of it happens on the writer's thread without a word to the loop: look again meanwhile.
  constexpr std::chrono::milliseconds round{10};
  for (std::chrono::milliseconds quiet{0}; !holds();) {
    // Of a clock that stands still, an alarm goes off again and again.
    quiet += loop().run_one_for(round) > 0 ? -std::min(quiet, 10 * round) : round;
    ASSERT_LT(quiet, std::chrono::seconds(20)) << "it does not happen";
  }
}

void World::settle() {
  // Each round passes errands, writer and loop once; what one causes in the other comes in the
  // next.
  for (int round = 0; round < 6; ++round) {
    bool is_through = false;
    orchestrator_->errands().run(
        [] {},
        [this, &is_through] {
          orchestrator_->writer().run([this, &is_through](db::RunStore& /*store*/) {
            boost::asio::post(loop(), [&is_through] { is_through = true; });
          });
        });
    until([&] { return is_through; });
    loop().poll();
  }
}

std::shared_ptr<const ordered_json> World::send(const ordered_json& request,
                                                std::uint16_t version) {
  auto answer = std::make_shared<ordered_json>();
  requests_->answer(request.dump(), version, [answer](const std::string& json) {
    *answer = ordered_json::parse(json);
  });
  return answer;
}

ordered_json World::ask(const ordered_json& request, std::uint16_t version) {
  const auto answer = send(request, version);
  until([&] { return !answer->is_null(); });
  return *answer;
}

ordered_json World::submission(const SweepSpec& spec, std::int64_t steps, const char* what) {
  const std::int64_t levels = count_levels(spec);
  orchestrator::PreparedSummary prepared;
  prepared.variants.push_back({.data_fingerprint = "data",
                               .train_examples = steps * spec.training.batch_size,
                               .eval_examples = 3,
                               .classes = 2,
                               .layers = 1,
                               .hidden = 8});
  prepared.variant_of_level.assign(static_cast<std::size_t>(levels), 0);
  return {{"do", what},
          {"name", spec.name},
          {"yaml", "name: " + spec.name},
          {"spec", ordered_json::parse(to_json(spec))},
          {"prepared", ordered_json::parse(orchestrator::to_json(prepared))},
          {"host", "here"}};
}

ordered_json World::sweep_status(std::int64_t sweep) {
  const ordered_json status = ask({{"do", "status"}, {"sweep", sweep}});
  return status.contains("sweeps") && !status["sweeps"].empty() ? status["sweeps"][0] : status;
}

Peer World::connect() {
  transport::FramedStream::Socket ours(loop());
  transport::FramedStream::Socket theirs(loop());
  boost::asio::local::connect_pair(ours, theirs);
  orchestrator_->accept(transport::FramedStream::create(std::move(ours)));
  return Peer(transport::FramedStream::create(std::move(theirs)));
}

Peer World::join(std::int64_t slots) {
  until([this] { return !processes->empty() && !processes->back()->stream; });
  Peer worker = connect();
  FakeProcess& process = *processes->back();
  process.stream = worker.stream();
  worker.say(protocol::Hello{
      .session = process.request.session, .token = process.request.token, .slots = slots});
  until([&] { return worker.take<protocol::Welcome>().has_value(); });
  return worker;
}

Peer World::come_back(FakeProcess& process,
                      std::vector<protocol::AttemptAtHand> attempts,
                      std::int64_t slots) {
  Peer worker = connect();
  process.stream = worker.stream();
  worker.say(protocol::Hello{.session = process.request.session,
                             .token = process.request.token,
                             .slots = slots,
                             .attempts = std::move(attempts)});
  until([&] { return worker.take<protocol::Welcome>().has_value(); });
  return worker;
}

JobSpec World::next_job(Peer& worker) {
  std::optional<protocol::Assign> assigned;
  until([&] { return (assigned = worker.take<protocol::Assign>()).has_value(); });
  return job_spec_from_json(assigned.value_or(protocol::Assign{"{}"}).job).value();
}

void World::report_start(Peer& worker, const JobSpec& job, std::int64_t first_step) {
  worker.say(protocol::Started{job.run, job.attempt, first_step});
}

void World::report_rows(Peer& worker, const JobSpec& job, std::int64_t from, std::int64_t to) {
  protocol::Metrics metrics{.run = job.run, .attempt = job.attempt, .batch = to};
  for (std::int64_t step = from; step < to; ++step) {
    metrics.steps.push_back(
        {.step = step, .epoch = step / steps_per_run + 1, .loss = 0.5, .examples = 1});
  }
  if (to % steps_per_run == 0) {
    metrics.evals.push_back({.epoch = to / steps_per_run,
                             .split = Split::eval,
                             .step = to - 1,
                             .flat_accuracy = accuracy(job),
                             .examples = 3});
  }
  worker.say(metrics);
}

void World::report_success(Peer& worker, const JobSpec& job) {
  worker.say(protocol::Finished{
      .run = job.run, .attempt = job.attempt, .end = AttemptEnd::succeeded, .train_seconds = 1});
}

void World::train(Peer& worker, const JobSpec& job) {
  report_start(worker, job);
  for (std::int64_t epoch = 0; epoch < job.training.epochs; ++epoch) {
    report_rows(worker, job, epoch * steps_per_run, (epoch + 1) * steps_per_run);
  }
  report_success(worker, job);
}

void World::live(std::chrono::milliseconds time) {
  for (const auto end = steady_ + time; steady_ < end;) {
    steady_ += std::min(end - steady_, orchestrator::tick_period);
    orchestrator_->tick();
    loop().poll();
  }
}

void World::stand_still(std::chrono::milliseconds time) {
  steady_ += time;
  orchestrator_->tick();
}

void World::set_machine(const orchestrator::Machine& machine) {
  const std::lock_guard lock(machine_->mutex);
  machine_->machine = machine;
}

SweepSpec sweep_of(std::vector<double> rates, const std::string& name) {
  SweepSpec spec;
  spec.name = name;
  spec.data.train = "/data/train.tsv";
  spec.data.eval = 0.1;
  spec.data.text = std::int64_t{0};
  spec.data.label = std::int64_t{1};
  spec.model.layers = 1;
  spec.model.hidden = 8;
  spec.model.heads = 2;
  spec.training.batch_size = 2;
  spec.keep = {KeepModels::none, KeepCheckpoints::none};
  Axis axis{.key = "lr", .values = {}};
  for (const double rate : rates) {
    axis.values.emplace_back(rate);
  }
  spec.parameters = {axis};
  return spec;
}

}  // namespace tarama::test
