// The orchestrator's life: opening, ticks, draining, leaving.
#include "orchestrator/service/orchestrator.hpp"

#include "db/store_folder.hpp"
#include "failpoints/failpoint.hpp"
#include "orchestrator/sweeps/leftovers.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

// Idle workers are kept warm between sweeps that follow one another; a GPU's memory is not kept
// from its other users for longer.
constexpr std::chrono::milliseconds idle_limit{60'000};
// A GPU that somebody takes or frees is noticed while a person waits for it; NVML is asked
// on the errands' thread, where nobody waits for its answer.
constexpr std::chrono::milliseconds look_period{10'000};

/// The sweeps of duties that are left over, whatever their state: those that `open` lacks.
Result<std::vector<db::LoadedSweep>> sweeps_of(const std::vector<db::Duty>& duties,
                                               const std::vector<db::LoadedSweep>& open,
                                               db::RunStore& store) {
  std::set<SweepId> known;
  for (const db::LoadedSweep& sweep : open) {
    known.insert(sweep.sweep);
  }
  std::vector<db::LoadedSweep> more;
  for (const db::Duty& duty : duties) {
    if (known.insert(duty.sweep).second) {
      Result<db::StoredSweep> stored = store.load_sweep(duty.sweep);
      std::string name = stored ? stored->name : std::string();
      more.push_back({duty.sweep, std::move(name), std::move(stored)});
    }
  }
  return more;
}

/// What the store holds at the start.
struct Found {
  std::vector<db::LoadedSweep> sweeps;
  std::vector<db::Duty> duties;
  std::int64_t last_duty = 0;
  std::vector<db::OpenSession> sessions;
  WorkerId last_worker;
  std::vector<PersistQuarantine> quarantines;
};

Result<Found> find_everything(db::RunStore& store) {
  Result<std::vector<db::LoadedSweep>> sweeps = store.load_open();
  if (!sweeps) {
    return sweeps.error();
  }
  Result<std::vector<db::Duty>> duties = store.duties();
  const Result<std::int64_t> last_duty = store.last_duty();
  if (!duties || !last_duty) {
    return duties ? last_duty.error() : duties.error();
  }
  Result<std::vector<db::OpenSession>> sessions = store.open_sessions();
  const Result<WorkerId> last_worker = store.last_worker();
  if (!sessions || !last_worker) {
    return sessions ? last_worker.error() : sessions.error();
  }
  Result<std::vector<PersistQuarantine>> quarantines = store.quarantines();
  if (!quarantines) {
    return quarantines.error();
  }
  Result<std::vector<db::LoadedSweep>> more = sweeps_of(*duties, *sweeps, store);
  std::move(more->begin(), more->end(), std::back_inserter(*sweeps));
  return Found{std::move(*sweeps),
               std::move(*duties),
               *last_duty,
               std::move(*sessions),
               *last_worker,
               std::move(*quarantines)};
}

}  // namespace

Orchestrator::Orchestrator(boost::asio::any_io_executor loop,
                           OrchestratorParts parts,
                           std::function<void()> on_left)
    : loop_(std::move(loop)),
      on_left_(std::move(on_left)),
      folder_(std::move(parts.folder)),
      trainer_(std::move(parts.trainer)),
      learners_(std::move(parts.learners)),
      clock_(std::move(parts.clocks), tick_period),
      clients_(parts.most_clients),
      cache_age_(parts.cache_age),
      sharing_(parts.sharing_look),
      alarm_(loop_, [this] { handle(Tick{}); }) {
  errands_ = std::make_unique<Errands>(loop_, [this] { leave_if_quiet(); });
  disk_ = std::make_unique<DiskWatch>(*errands_, std::move(parts.disk), parts.min_free);
  watch_ =
      std::make_unique<MachineWatch>(*errands_, std::move(parts.survey), std::move(parts.machine));
  roster_ =
      std::make_unique<Roster>(loop_, *errands_, std::move(parts.launcher), roster_handlers());
}

Orchestrator::~Orchestrator() = default;

Result<std::unique_ptr<Orchestrator>> Orchestrator::open(boost::asio::any_io_executor loop,
                                                         OrchestratorParts parts,
                                                         std::function<void()> on_left) {
  std::unique_ptr<db::RunStore> store = std::move(parts.store);
  Result<Found> found = find_everything(*store);
  if (!found) {
    return found.error();
  }
  const std::chrono::milliseconds return_time = parts.return_time;
  std::unique_ptr<Orchestrator> made(
      new Orchestrator(std::move(loop), std::move(parts), std::move(on_left)));
  made->build(std::move(store), found->last_duty);
  const std::vector<RestoredWorker> workers =
      made->restore_sessions(found->sessions, found->last_worker);
  made->restore(std::move(found->sweeps), found->duties, workers);
  made->scheduler_.set_return_time(return_time);
  for (const PersistQuarantine& known : found->quarantines) {
    made->handle(QuarantineKnown{known.device, known.began_at, known.reason, known.failed_tries});
  }
  return made;
}

void Orchestrator::build(std::unique_ptr<db::RunStore> store, std::int64_t last_duty) {
  writer_ = std::make_unique<db::StoreWriter>(std::move(store));
  effector_ = std::make_unique<Effector>(loop_, scheduler_, *writer_, clock_, effect_handlers());
  duties_ = std::make_unique<Duties>(
      loop_,
      *errands_,
      DutyView{catalog_, scheduler_},
      folder_,
      last_duty,
      DutyHandlers{.done = [this](const db::Duty& duty) { strike_off(duty); },
                   .changed =
                       [this] {
                         let_go();
                         leave_if_quiet();
                       }});
  stops_ = std::make_unique<EarlyStops>(
      loop_, catalog_, *writer_, [this](const EndEarlyAsked& asked) { handle(asked); });
  reports_ =
      std::make_unique<Reports>(loop_,
                                ReportParts{scheduler_,
                                            catalog_,
                                            *roster_,
                                            live_,
                                            *effector_,
                                            *writer_,
                                            clock_,
                                            sharing_,
                                            *stops_,
                                            [this](WorkerId worker) { note_too_many(worker); },
                                            [this](const Error& error) { store_failed(error); }});
  refiner_ =
      std::make_unique<Refiner>(loop_, scheduler_, catalog_, *writer_, clock_, refiner_handlers());
  searcher_ = std::make_unique<Searcher>(
      loop_, scheduler_, catalog_, *writer_, clock_, searcher_handlers());
  spools_ = std::make_unique<SpoolIntake>(SpoolIntakeParts{
      .errands = *errands_,
      .folder = db::StoreFolder{folder_}.spools(),
      .take = [this](WorkerId worker,
                     const protocol::Message& message) { reports_->take(worker, message); },
      .when_stored =
          [this](std::function<void()> then) {
            writer_->run([this, then = std::move(then)](db::RunStore& /*store*/) {
              boost::asio::post(loop_, then);
            });
          }});
}

// People notice a second on_end; all else is as well done twice.
void Orchestrator::strike_off(const db::Duty& duty) {
  if (duty.kind == db::DutyKind::on_end) {
    effector_->write({db::DutyDone{duty.duty}});
  } else {
    effector_->write_soon(db::DutyDone{duty.duty});
  }
}

// Those whose processes are gone end soon, once what they left unsaid is taken in; the others may
// come back.
std::vector<RestoredWorker> Orchestrator::restore_sessions(
    const std::vector<db::OpenSession>& sessions, WorkerId last_worker) {
  std::set<std::string> known;
  for (const db::OpenSession& session : sessions) {
    known.insert(session.row.session);
  }
  spools_->remove_strangers(std::move(known));
  std::vector<RestoredWorker> workers = roster_->restore(sessions, last_worker);
  begin_sharing(workers);
  return workers;
}

// A sweep that cannot be read stops alone: the others are scheduled as if it were not there.
void Orchestrator::restore(std::vector<db::LoadedSweep> sweeps,
                           const std::vector<db::Duty>& duties,
                           const std::vector<RestoredWorker>& workers) {
  std::vector<SweepRecord> records;
  for (db::LoadedSweep& loaded : sweeps) {
    const Result<void> opened =
        loaded.stored ? catalog_.open(*loaded.stored) : Result<void>(loaded.stored.error());
    if (!opened) {
      catalog_.set_unreadable(loaded.sweep, loaded.name, opened.error().message);
      spdlog::error("sweep {} '{}' rests: {}", loaded.sweep, loaded.name, opened.error().message);
      continue;
    }
    loaded.stored->levels = {};
    loaded.stored->runs = {};
    const OpenSweep& rows = *catalog_.find(loaded.sweep);
    SweepRecord& record = loaded.stored->record;
    record.rules = rules_of(rows);
    rows.set_order(record.runs);
    live_.opened(loaded.sweep, rows, record.runs);
    records.push_back(std::move(record));
  }
  Effects effects;
  scheduler_ = Scheduler::restore(std::move(records), clock_.now(), effects, workers);
  if (!effects.empty()) {
    effector_->perform(std::move(effects));
  }
  TARAMA_FAILPOINT("service.restored");
  for (const db::Duty& duty : duties) {
    // That of a sweep that cannot be read stays in the store, for a version that can.
    if (catalog_.find(duty.sweep) != nullptr) {
      duties_->perform(duty);
    }
  }
  for (const SweepId sweep : scheduler_.sweeps()) {
    come_to_rest(sweep);
  }
}

void Orchestrator::begin() {
  look_at_disk();
  remove_leftovers();
  for (const SweepId sweep : scheduler_.open_sweeps()) {
    searcher_->look(sweep);  // it may have been about to be decided
    refiner_->look(sweep);
    stops_->look_at_all(sweep, scheduler_);
  }
  staff();
}

/// Of processes that were killed. Off the loop; what only the rows can tell is asked in between.
void Orchestrator::remove_leftovers() {
  const auto found = std::make_shared<PerhapsLeft>();
  errands_->run(
      [store = folder_, age = cache_age_, found] {
        for (const std::string& line : end_what_programs_left(store)) {
          spdlog::warn("{}", line);
        }
        remove_what_the_dead_left(store, age);
        *found = perhaps_left_in(store);
      },
      [this, found] {
        std::erase_if(found->kept_states,
                      [this](RunId run) { return scheduler_.is_state_needed(run); });
        std::erase_if(found->checkpoints, [this](const UnfinishedCheckpoint& checkpoint) {
          return !is_left_over(checkpoint.run, checkpoint.attempt);
        });
        errands_->run([store = folder_, found] { orchestrator::remove(store, *found); }, [] {});
      });
}

/// Whether nobody can be at work on the attempt.
bool Orchestrator::is_left_over(RunId run, Attempt attempt) const {
  const std::optional<RunRecord> known = scheduler_.run(run);
  if (!known) {
    return true;  // its sweep is over
  }
  const RunState state = known->standing.state;
  const bool is_at_work =
      state == RunState::leased || state == RunState::running || state == RunState::cancelling;
  return !is_at_work || known->standing.attempt != attempt;
}

void Orchestrator::tick() {
  if (clock_.tick()) {
    // Whoever was silent while nobody listened was not silent: the beats wait in the sockets.
    spdlog::info("the machine or this process stood still; that time counts for nobody");
    for (const WorkerView& worker : roster_->workers()) {
      handle(Heartbeat{worker.worker});
    }
  }
  log_store_trouble();
  end_in_time();
  look_at_disk();
  log_turned_away();
  clients_.tick(clock_.now().awake);
  tell_overdue();
  duties_->tick(clock_.now().awake);
  searcher_->tick();
  refiner_->tick();
  handle(Tick{});
  if (!scheduler_.open_sweeps().empty() && !watch_->is_looking() &&
      clock_.now().awake - looked_at_ > look_period) {
    look_and_staff();
  }
  look_at_shared_gpus();
  staff();
  send_idle_workers_home();
}

void Orchestrator::send_idle_workers_home() {
  if (!scheduler_.is_quiet() || is_draining_) {
    idle_since_.reset();
    return;
  }
  const std::chrono::milliseconds now = clock_.now().awake;
  idle_since_ = idle_since_.value_or(now);
  if (now - *idle_since_ <= idle_limit || has_work()) {
    return;
  }
  for (const WorkerView& worker : roster_->workers()) {
    // Said before they know it themselves: nothing is handed to a worker that is leaving.
    handle(WorkerLost{worker.worker, FailureClass::exited, "sent home idle"});
  }
  roster_->shut_down();
}

void Orchestrator::log_store_trouble() {
  const std::optional<Error> trouble = writer_->trouble();
  std::string message = trouble ? trouble->message : "";
  if (message != last_store_trouble_) {
    message.empty() ? spdlog::warn("the store can be written again")
                    : spdlog::error("the store cannot be written, waiting: {}", message);
    last_store_trouble_ = std::move(message);
  }
}

// Once a tick, or whoever knocks in a loop fills the disk with our words.
void Orchestrator::log_turned_away() {
  if (turned_away_ > 0) {
    spdlog::warn("{} {} said to be a worker of ours, and was turned away",
                 turned_away_,
                 turned_away_ == 1 ? "process" : "processes");
    turned_away_ = 0;
  }
}

// Only while there is something to hand out, or it is held back: an idle store needs no looking at.
void Orchestrator::look_at_disk() {
  if (scheduler_.open_sweeps().empty() || is_draining_) {
    return;
  }
  disk_->look([this] {
    const std::string& shortage = disk_->shortage();
    shortage.empty() ? spdlog::warn("the store's disk has room again: runs are handed out")
                     : spdlog::warn("nothing is handed out: {}", shortage);
    place_sweeps();
    staff();
  });
}

bool Orchestrator::has_work() const {
  const std::vector<SweepId> open = scheduler_.open_sweeps();
  return std::any_of(open.begin(), open.end(), [this](SweepId sweep) {
    return scheduler_.state(sweep) == SweepState::running && scheduler_.account(sweep).pending > 0;
  });
}

}  // namespace tarama::orchestrator
