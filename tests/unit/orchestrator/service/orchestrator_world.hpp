// An orchestrator without processes, sockets or SQLite: workers that do as a test says, over socket
// pairs; the store in memory; clocks and a machine that are set by hand.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"
#include "orchestrator/requests/requests.hpp"
#include "orchestrator/service/orchestrator.hpp"
#include "orchestrator/workers/launcher.hpp"
#include "protocol/messages.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temp_folder.hpp"
#include "transport/framed_stream.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tarama::test {

/// One store in memory for several lives of an orchestrator; a test may close its gate, and what
/// the writer asks waits then, as on a full disk.
struct SharedStore {
  MemoryStore store;
  std::mutex mutex;                                            // of `store`
  std::mutex gate;                                             // held by whoever closes it
  std::function<void(std::vector<db::LoadedSweep>&)> on_load;  // what a damaged store gives
  bool is_damaged = false;                                     // no sweep can be read
  std::atomic<bool> is_full = false;                           // nothing more can be written
  std::atomic<int> rungs_without_room = 0;  // so many times a decision at a rung finds no room
  std::atomic<bool> has_new_duty = false;   // a duty was committed, and nothing followed yet
};

[[nodiscard]] std::unique_ptr<db::RunStore> view_of(std::shared_ptr<SharedStore> shared);

/// A process that a launcher made: none at all.
struct FakeProcess {
  orchestrator::LaunchRequest request;
  orchestrator::Launcher::Ended ended;
  std::shared_ptr<transport::FramedStream> stream;  // the worker's end, once it has connected
  bool has_ended = false;
  bool is_foreign = false;    // taken over from an earlier orchestrator
  int ended_by = 0;           // the signal
  std::thread::id read_on{};  // which thread read its last words
};

/// The worker's end of a stream to the orchestrator.
class Peer {
 public:
  explicit Peer(std::shared_ptr<transport::FramedStream> stream);

  void say(const protocol::Message& message);

  /// The first message of this type that came and was not taken yet.
  template <class Wanted>
  [[nodiscard]] std::optional<Wanted> take() {
    for (auto it = received_->begin(); it != received_->end(); ++it) {
      if (const auto* wanted = std::get_if<Wanted>(&*it)) {
        Wanted found = *wanted;
        received_->erase(it);
        return found;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_hung_up() const { return *is_hung_up_; }

  [[nodiscard]] const std::shared_ptr<transport::FramedStream>& stream() const { return stream_; }

 private:
  std::shared_ptr<transport::FramedStream> stream_;
  std::shared_ptr<std::deque<protocol::Message>> received_;
  std::shared_ptr<bool> is_hung_up_;
};

class World {
 public:
  World();
  ~World();

  void start();
  /// As kill -9 of everything: nothing is said to anybody, what is not committed is gone.
  void crash();
  /// As kill -9 of the orchestrator: its workers live on.
  void crash_alone();

  /// Runs the loop until it holds; fails the test after 20 s without.
  void until(const std::function<bool()>& holds);
  /// Everything that is on its way, through loop, errands and writer.
  void settle();

  /// What comes of a request: null until it is answered.
  [[nodiscard]] std::shared_ptr<const nlohmann::ordered_json> send(
      const nlohmann::ordered_json& request, std::uint16_t version = protocol::version);
  /// The same, once it is answered.
  [[nodiscard]] nlohmann::ordered_json ask(const nlohmann::ordered_json& request,
                                           std::uint16_t version = protocol::version);
  /// The request that submits `spec`, each of whose runs has `steps` steps and one evaluation an
  /// epoch.
  [[nodiscard]] static nlohmann::ordered_json submission(const SweepSpec& spec,
                                                         std::int64_t steps = 4,
                                                         const char* what = "submit");
  [[nodiscard]] nlohmann::ordered_json sweep_status(std::int64_t sweep);

  [[nodiscard]] Peer connect();
  /// The newest launched process as a worker that has said Hello.
  [[nodiscard]] Peer join(std::int64_t slots = 1);
  /// A worker whose stream broke, with what it has at hand.
  [[nodiscard]] Peer come_back(FakeProcess& process,
                               std::vector<protocol::AttemptAtHand> attempts,
                               std::int64_t slots = 1);
  /// The next job that the worker is given.
  [[nodiscard]] JobSpec next_job(Peer& worker);
  /// Everything that a sound worker reports of a job.
  void train(Peer& worker, const JobSpec& job);
  void report_start(Peer& worker, const JobSpec& job, std::int64_t first_step = 0);
  void report_rows(Peer& worker, const JobSpec& job, std::int64_t from, std::int64_t to);
  void report_success(Peer& worker, const JobSpec& job);

  /// Time passes, and the loop lives on.
  void live(std::chrono::milliseconds time);
  /// Time passes in which the loop did not run.
  void stand_still(std::chrono::milliseconds time);

  [[nodiscard]] orchestrator::Orchestrator& orchestrator() { return *orchestrator_; }

  [[nodiscard]] boost::asio::io_context& loop() { return *lives_.back(); }

  std::shared_ptr<SharedStore> store = std::make_shared<SharedStore>();
  std::shared_ptr<std::vector<std::shared_ptr<FakeProcess>>> processes =
      std::make_shared<std::vector<std::shared_ptr<FakeProcess>>>();
  TempFolder folder;
  std::int64_t steps_per_run = 4;
  std::function<double(const JobSpec&)> accuracy = [](const JobSpec&) { return 0.5; };
  bool has_left = false;
  std::string trainer = "fake";  // of the next life

  void set_machine(const orchestrator::Machine& machine);

 private:
  struct MachineNow {
    std::mutex mutex;
    orchestrator::Machine machine;
  };

  using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  // A loop for each life: what a dead orchestrator has posted must never run.
  std::vector<std::unique_ptr<boost::asio::io_context>> lives_;
  std::optional<Work> work_;
  std::chrono::milliseconds steady_{1'000'000};
  std::shared_ptr<MachineNow> machine_ = std::make_shared<MachineNow>();
  std::unique_ptr<orchestrator::Orchestrator> orchestrator_;
  std::unique_ptr<orchestrator::Requests> requests_;
};

/// A sweep of one level for each rate, one epoch, one replicate.
[[nodiscard]] SweepSpec sweep_of(std::vector<double> rates, const std::string& name = "a sweep");

}  // namespace tarama::test
