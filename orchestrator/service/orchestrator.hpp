// The orchestrator of one store, on one event loop: catalog, scheduler, roster, writer and duties,
// wired. Knows no sockets, no processes and no SQLite: those are parts that it is given, others in
// tests.
#pragma once

#include "core/scheduling/lease.hpp"
#include "core/scheduling/scheduler.hpp"
#include "core/sweep/result.hpp"
#include "db/run_store.hpp"
#include "db/store_folder.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/devices/disk_watch.hpp"
#include "orchestrator/devices/gpu_sharing.hpp"
#include "orchestrator/devices/machine_watch.hpp"
#include "orchestrator/devices/staffing.hpp"
#include "orchestrator/live/live.hpp"
#include "orchestrator/loop/clock.hpp"
#include "orchestrator/loop/errands.hpp"
#include "orchestrator/service/clients.hpp"
#include "orchestrator/service/device_readings.hpp"
#include "orchestrator/service/duties.hpp"
#include "orchestrator/service/early_stops.hpp"
#include "orchestrator/service/effector.hpp"
#include "orchestrator/service/refiner.hpp"
#include "orchestrator/service/reports.hpp"
#include "orchestrator/service/searcher.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "orchestrator/workers/launcher.hpp"
#include "orchestrator/workers/roster.hpp"
#include "orchestrator/workers/spool_intake.hpp"
#include "protocol/messages.hpp"
#include "transport/framed_stream.hpp"
#include "transport/timers.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::orchestrator {

/// How often `tick` is to be called. Leases end after 15 s and time limits are given in seconds:
/// one look a second is exact enough.
inline constexpr std::chrono::milliseconds tick_period{1000};

struct OrchestratorParts {
  std::unique_ptr<db::RunStore> store;
  std::unique_ptr<Launcher> launcher;
  ClockSource clocks;
  Survey survey;
  Machine machine;                         // as first surveyed
  std::filesystem::path folder;            // the store's: checkpoints, models, logs
  std::string trainer;                     // what the workers train with: "torch", "fake"
  DiskWatch::Ask disk{};                   // the store's; none: there is always room
  std::optional<std::int64_t> min_free{};  // bytes to keep free on it; see DiskWatch
  std::set<LearnerName> learners = LearnerSupply{}.learners;  // of the worker program
  /// How long a session that is known may take to come back before its runs go to others.
  std::chrono::milliseconds return_time = tarama::return_time;
  std::size_t most_clients = 100;  // at once
  /// Tokenized data that nobody used for so long are removed at the start.
  std::chrono::milliseconds cache_age = db::cache_kept;
  /// How long GPUs that runs share are looked at before a rate is known (sharing_look.hpp).
  std::chrono::milliseconds sharing_look = usual_look;
};

/// All calls on the loop's thread.
class Orchestrator {
 public:
  /// A request and where its answer goes; may be called later, and once.
  using Answer = std::function<void(std::string json)>;
  using OnRequest = std::function<void(const std::string& json, std::uint16_t version, Answer)>;

  /// Takes up what the store has. `on_left`: the loop may end. Error: the store cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Orchestrator>> open(boost::asio::any_io_executor loop,
                                                                  OrchestratorParts parts,
                                                                  std::function<void()> on_left);
  ~Orchestrator();
  Orchestrator(const Orchestrator&) = delete;
  Orchestrator& operator=(const Orchestrator&) = delete;

  /// Hands out what is pending; from now on `tick` comes.
  void begin();
  void tick();
  /// A peer, a worker or a client, that has not said anything yet.
  void accept(const std::shared_ptr<transport::FramedStream>& stream);

  void set_on_request(OnRequest on_request) { on_request_ = std::move(on_request); }

  /// Hand out nothing more, let the workers checkpoint and end, let duties be done, then leave.
  void finish();
  /// The same, but an `on_end` that runs is ended, and comes again at the next start.
  void drain();
  /// End the workers at once. The loop is to be stopped by the caller.
  void stop_now();

  /// The store was taken away: everything stops at once, since whatever a worker wrote now would
  /// be written to another place, or to none. The loop is to be stopped by the caller.
  void lose_store(const Error& error);

  /// Clients that still wait for an answer get none: the loop is about to end.
  void hang_up() { clients_.hang_up(); }

  /// Why it had to stop: the store cannot be written, or is gone.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  // ---- for requests ----
  /// What the scheduler makes of it is committed and done. Whether it makes anything of it.
  bool handle(const Event& event);
  /// Calls `then` once what was handled before is committed, so that whoever is told reads it in
  /// the store; where the disk holds that up, with the first tick after 2 s all the same.
  void when_committed(std::function<void()> then);
  /// Calls `work` once those before it have called their `done`: for what may not be many at once.
  void one_by_one(std::function<void(std::function<void()> done)> work);
  /// Calls `then` with the sweep open, read from the store if it was let go: an error if it is not
  /// there or cannot be read.
  void with_open_sweep(SweepId sweep, std::function<void(Result<void>)> then);
  /// Takes a sweep that the store has just created or read.
  [[nodiscard]] Result<void> adopt(db::StoredSweep stored);
  /// Takes the runs of an extension that the store has just written.
  [[nodiscard]] Result<void> extend(db::StoredSweep added);
  /// The sweep's refinement has begun, as the store has it.
  void refine(SweepId sweep, RefinementStage stage);
  /// The sweep may have more runs than its search was told of, as the store has it.
  void search_on(SweepId sweep);
  /// The newest limits, as the store has them.
  void change_spec(SweepId sweep, const SweepSpec& spec);
  /// Looks at the machine, then as many workers as there is work for.
  void look_and_staff();
  void staff();
  /// Lets ended sweeps go whose duties are done.
  void let_go();

  [[nodiscard]] const Scheduler& scheduler() const { return scheduler_; }

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }

  [[nodiscard]] const Live& live() const { return live_; }

  [[nodiscard]] const Refiner& refiner() const { return *refiner_; }

  [[nodiscard]] const Searcher& searcher() const { return *searcher_; }

  [[nodiscard]] const Clock& clock() const { return clock_; }

  [[nodiscard]] const Machine& machine() const { return watch_->machine(); }

  [[nodiscard]] MachineWatch& watch() { return *watch_; }

  [[nodiscard]] const DiskWatch& disk() const { return *disk_; }

  [[nodiscard]] const GpuSharing& sharing() const { return sharing_; }

  /// Whether how many runs the device has at once is left to us by a sweep that may run there.
  [[nodiscard]] bool is_shared(const std::string& device) const;

  [[nodiscard]] Roster& roster() { return *roster_; }

  [[nodiscard]] const Roster& roster() const { return *roster_; }

  [[nodiscard]] db::StoreWriter& writer() { return *writer_; }

  [[nodiscard]] const db::StoreWriter& writer() const { return *writer_; }

  [[nodiscard]] Errands& errands() { return *errands_; }

  [[nodiscard]] std::vector<RunningCommand> commands() const { return duties_->commands(); }

  [[nodiscard]] const std::string& trainer() const { return trainer_; }

  [[nodiscard]] const std::set<LearnerName>& learners() const { return learners_; }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  [[nodiscard]] bool is_draining() const { return is_draining_; }

  [[nodiscard]] boost::asio::any_io_executor loop() const { return loop_; }

 private:
  Orchestrator(boost::asio::any_io_executor loop,
               OrchestratorParts parts,
               std::function<void()> on_left);

  void build(std::unique_ptr<db::RunStore> store, std::int64_t last_duty);
  [[nodiscard]] EffectHandlers effect_handlers();
  [[nodiscard]] RosterHandlers roster_handlers();
  void restore(std::vector<db::LoadedSweep> sweeps,
               const std::vector<db::Duty>& duties,
               const std::vector<RestoredWorker>& workers);
  [[nodiscard]] std::vector<RestoredWorker> restore_sessions(
      const std::vector<db::OpenSession>& sessions, WorkerId last_worker);

  /// Somebody who is told when the store has what was decided, or when that takes too long.
  struct Asker {
    std::function<void()> then;
    std::chrono::milliseconds told_by{};  // awake
  };

  void begin_work();
  void tell(std::int64_t number);
  void tell_overdue();
  void order(const Effect& effect);
  void strike_off(const db::Duty& duty);
  void set_alarm();
  [[nodiscard]] Attached attach(const Effects& effects);
  void act(const CommittedEffects& done);
  void assign(const AssignRun& assignment, const db::Committed& committed);
  void remove_leftovers();
  [[nodiscard]] bool is_left_over(RunId run, Attempt attempt) const;
  [[nodiscard]] RefinerHandlers refiner_handlers();
  [[nodiscard]] SearcherHandlers searcher_handlers();
  void take_added(db::StoredSweep added);
  [[nodiscard]] Result<void> take_runs(db::StoredSweep added);
  [[nodiscard]] std::int64_t room_for(SweepId sweep) const;
  void look_further(const PersistRun& run);
  void come_to_rest(SweepId sweep);
  void place_sweeps();
  void keep_readings();
  [[nodiscard]] SweepRules rules_of(const OpenSweep& sweep) const;
  [[nodiscard]] Result<std::vector<Place>> places_of(const OpenSweep& sweep) const;
  void begin_sharing(const std::vector<RestoredWorker>& workers);
  void look_at_shared_gpus();
  [[nodiscard]] std::optional<SharedGpu> shared_gpu(const Gpu& gpu) const;
  void note_too_many(WorkerId worker);
  void sharing_changed(const std::string& device, std::string_view why);
  void set_slots(const Place& place);
  void on_hello(const std::shared_ptr<transport::FramedStream>& stream,
                const protocol::Hello& hello,
                WorkerId& worker);
  void on_message(const std::shared_ptr<transport::FramedStream>& stream,
                  WorkerId& worker,
                  const protocol::Message& message);
  void on_client(const std::shared_ptr<transport::FramedStream>& stream,
                 const protocol::Message& message);
  [[nodiscard]] std::optional<Demand> demand_of(SweepId sweep) const;
  void send_idle_workers_home();
  void log_turned_away();
  void log_store_trouble();
  void look_at_disk();
  void store_failed(const Error& error);
  void end_in_time();
  void leave_if_quiet();
  void leave();
  [[nodiscard]] bool has_work() const;

  boost::asio::any_io_executor loop_;
  std::function<void()> on_left_;
  std::filesystem::path folder_;
  std::string trainer_;
  std::set<LearnerName> learners_;
  Clock clock_;
  Scheduler scheduler_;
  Catalog catalog_;
  Live live_;
  OnRequest on_request_;
  Clients clients_;
  std::chrono::milliseconds cache_age_;
  std::int64_t turned_away_ = 0;  // processes that were no workers of ours, since the last tick
  std::map<std::int64_t, Asker> askers_;  // the longest waiting first
  std::int64_t last_asker_ = 0;
  std::deque<std::function<void(std::function<void()> done)>> waiting_work_;  // first: at hand
  std::set<SweepId> resting_;                            // ended and committed: to be let go
  std::optional<std::chrono::milliseconds> idle_since_;  // awake
  std::chrono::milliseconds looked_at_{};                // awake
  DeviceReadings readings_;
  GpuSharing sharing_;
  std::string last_store_trouble_;  // that was logged
  std::optional<Error> failure_;
  std::chrono::milliseconds asked_at_{};   // awake: to end
  std::chrono::milliseconds failed_at_{};  // awake
  bool is_draining_ = false;
  bool is_stopping_ = false;
  bool has_left_ = false;
  transport::Deadline alarm_;  // for what happens by time alone, between two ticks
  std::unique_ptr<Errands> errands_;
  std::unique_ptr<MachineWatch> watch_;
  std::unique_ptr<DiskWatch> disk_;
  std::unique_ptr<Roster> roster_;
  std::unique_ptr<Duties> duties_;
  std::unique_ptr<Effector> effector_;
  std::unique_ptr<EarlyStops> stops_;
  std::unique_ptr<Reports> reports_;
  std::unique_ptr<SpoolIntake> spools_;
  std::unique_ptr<Refiner> refiner_;
  std::unique_ptr<Searcher> searcher_;
  // Behind what its callbacks use, so that it ends before them.
  std::unique_ptr<db::StoreWriter> writer_;
};

}  // namespace tarama::orchestrator
