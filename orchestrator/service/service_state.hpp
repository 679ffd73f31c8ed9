// The inside of the service: one object on one event loop. Split over service.cpp (life),
// service_runs.cpp (scheduler, workers, store) and service_control.cpp (requests).
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/live/progress.hpp"
#include "orchestrator/service/service.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"
#include "orchestrator/workers/child_process.hpp"
#include "orchestrator/workers/worker_pool.hpp"
#include "transport/listener.hpp"
#include "transport/timers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tarama::db {
class StoreLock;
}

namespace tarama::orchestrator {

/// A run that reached its end since this orchestrator started, for the views.
struct FinishedRun {
  RunId run;
  SweepId sweep;
  RunState state = RunState::succeeded;
  std::optional<FailureClass> failure;
  std::string message;
  Attempt attempt;
  std::optional<double> metric;
  std::optional<double> train_seconds;
};

/// What the views need of a sweep beside its account.
struct SweepClock {
  std::unordered_set<RunId> settled;   // runs that are terminal, however they ended
  std::optional<TimePoint> first_run;  // since this orchestrator started
  std::optional<TimePoint> ended;
  std::int64_t steps_at_start = 0;  // done when the first run started here
};

struct Service::State {
  using Reply = std::function<void(nlohmann::ordered_json)>;

  explicit State(ServiceOptions service_options);
  ~State();

  // service.cpp: life
  Result<void> open();
  Result<void> restore();
  Result<void> run();
  void begin_drain();
  void begin_stop();
  void leave_if_quiet();
  void leave();
  void fail(const Error& error);
  void tick();
  void forgive_silence();
  void log_store_trouble();
  [[nodiscard]] bool has_work() const;
  [[nodiscard]] static TimePoint now();

  // service_runs.cpp: events in, effects out
  bool handle(const Event& event);  // whether it had any effect
  void perform(Effects effects);
  void act(const Effects& effects, const std::map<RunId, db::Committed>& committed);
  void assign(const AssignRun& assignment, db::Committed committed);
  void note_run(const PersistRun& row);
  void end_sweep(SweepId sweep, const std::string& event);
  void run_on_end(SweepId sweep, const std::string& event);
  void staff();
  void survey();
  void remove_checkpoints(RunId run);
  void on_stream(const std::shared_ptr<transport::FramedStream>& stream);
  void on_worker_message(WorkerId worker, const protocol::Message& message);
  void on_metrics(WorkerId worker, const protocol::Metrics& metrics);
  void on_finished(WorkerId worker, const protocol::Finished& finished);
  [[nodiscard]] std::optional<SweepId> sweep_of(RunId run) const;
  Result<void> adopt(const db::StoredSweep& stored);
  [[nodiscard]] std::int64_t settled_steps(SweepId sweep) const;
  [[nodiscard]] std::vector<Place> places_of(const SweepSpec& spec) const;

  // service_control.cpp: requests of the CLI
  void on_request(const std::string& text, const Reply& reply);
  void submit(const nlohmann::ordered_json& request, const Reply& reply);
  void submit_again(SweepId sweep, const SweepSpec& newest, const Reply& reply);
  void submit_new(db::NewSweep sweep, const std::string& identity, const Reply& reply);
  [[nodiscard]] std::string nothing_to_do(const std::string& what,
                                          SweepId sweep,
                                          std::optional<RunId> run) const;
  void steer(const std::string& what, const nlohmann::ordered_json& request, const Reply& reply);
  [[nodiscard]] nlohmann::ordered_json status(const nlohmann::ordered_json& request) const;
  [[nodiscard]] nlohmann::ordered_json worker_status(const WorkerView& worker) const;
  [[nodiscard]] nlohmann::ordered_json sweep_status(SweepId sweep) const;
  [[nodiscard]] nlohmann::ordered_json finished_since(std::int64_t cursor) const;

  ServiceOptions options;
  std::string trainer;  // "torch", "fake"
  Machine machine;
  boost::asio::io_context context{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
  boost::asio::thread_pool errands{1};  // files and commands: blocks, so not on the loop
  std::unique_ptr<db::StoreLock> lock;
  Scheduler scheduler;
  std::map<SweepId, SweepBook> books;
  std::unordered_map<RunId, SweepId> sweep_by_run;
  std::map<SweepId, SweepClock> clocks;
  ProgressBook progress;
  std::unordered_map<RunId, double> train_seconds;  // until the run's end is noted
  std::vector<FinishedRun> finished;
  std::set<std::string> being_created;  // identities of sweeps on their way into the store
  bool is_draining = false;
  bool is_stopping = false;
  std::optional<TimePoint> idle_since;
  std::optional<TimePoint> last_tick;
  std::string last_store_trouble;                       // that was logged
  std::vector<std::unique_ptr<ChildProcess>> commands;  // `on_end` of sweeps, until they end
  std::int64_t open_errands = 0;
  std::optional<Error> failure;
  std::unique_ptr<transport::Ticker> ticker;
  std::unique_ptr<transport::Listener> listener;
  std::set<std::shared_ptr<transport::FramedStream>> clients;
  std::unique_ptr<WorkerPool> workers;
  // Last, so that it ends first: its callbacks post to the loop.
  std::unique_ptr<db::StoreWriter> writer;
};

}  // namespace tarama::orchestrator
