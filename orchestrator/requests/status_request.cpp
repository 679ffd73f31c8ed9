// The status document of a running orchestrator: what it costs is what it shows.
#include "db/sqlite/read_store.hpp"
#include "db/store_folder.hpp"
#include "documents/status_document.hpp"
#include "orchestrator/requests/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <unistd.h>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

// A view asks again with the cursor; this many rows are about 300 kB of JSON.
constexpr std::size_t finished_per_reply = 1000;

json params_document(const std::string& params) {
  return json::parse(params, nullptr, /*allow_exceptions=*/false);
}

/// Of the attempt that the worker has at hand.
void describe_work(const Orchestrator& orchestrator, const AssignRun& work, WorkerStatus& status) {
  const std::optional<SweepId> sweep = orchestrator.catalog().sweep_of(work.run);
  if (!sweep) {
    return;
  }
  const OpenSweep& rows = *orchestrator.catalog().find(*sweep);
  status.run = work.run;
  status.attempt = work.attempt;
  status.sweep = *sweep;
  status.params = params_document(rows.params_of(work.run));
  status.steps = rows.plan_of(work.run).planned_steps;
  const RunProgress* const run = orchestrator.live().running.of(work.run);
  if (run == nullptr) {
    return;
  }
  status.step = run->steps_done;
  status.last_step_at = run->last_step_at;
  for (const double loss : run->losses.points()) {
    status.losses.emplace_back(loss);
  }
  const double seconds =
      std::chrono::duration<double>(orchestrator.clock().now().awake - run->started_at.awake)
          .count();
  if (seconds > 0) {
    status.steps_per_second = static_cast<double>(run->steps_done - run->first_step) / seconds;
  }
}

/// One for each of its runs; of a worker without a run, one.
std::vector<WorkerStatus> statuses_of(const Orchestrator& orchestrator, const WorkerView& worker) {
  const std::vector<AssignRun> assigned = orchestrator.scheduler().assignments(worker.worker);
  WorkerStatus status;
  status.id = worker.worker;
  status.pid = worker.pid;
  status.session = worker.session;
  status.device = worker.device;
  status.state = worker.phase == WorkerPhase::starting   ? "starting"
                 : worker.phase == WorkerPhase::stopping ? "stopping"
                 : worker.phase == WorkerPhase::away     ? "away"
                 : assigned.empty()                      ? "idle"
                                                         : "busy";
  for (const DeviceView& device : orchestrator.scheduler().devices()) {
    status.is_quarantined =
        status.is_quarantined || (device.device == worker.device && device.quarantine);
  }
  std::vector<WorkerStatus> statuses(std::max<std::size_t>(1, assigned.size()), status);
  for (std::size_t i = 0; i < assigned.size(); ++i) {
    describe_work(orchestrator, assigned[i], statuses[i]);
  }
  return statuses;
}

/// What a person's clock will show, if the machine does not sleep.
std::optional<TimePoint> wall_of(std::optional<std::chrono::milliseconds> awake,
                                 const Moment& now) {
  return awake ? std::optional(TimePoint{now.wall.milliseconds + (*awake - now.awake).count()})
               : std::nullopt;
}

std::string_view name_of_health(DeviceHealth::State state) {
  switch (state) {
    case DeviceHealth::State::healthy:
      return "healthy";
    case DeviceHealth::State::quarantined:
      return "quarantined";
    case DeviceHealth::State::due:
      return "due";
    case DeviceHealth::State::on_trial:
      return "on_trial";
  }
  return "";
}

template <class Number>
std::optional<std::int64_t> whole(const std::optional<Number>& number) {
  return number ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
}

/// As it was when the machine was last looked at, seconds ago.
std::optional<GpuStatus> gpu_named(const std::string& device, const Machine& machine) {
  const auto gpu = std::ranges::find(machine.gpus.gpus, device, device_of);
  if (gpu == machine.gpus.gpus.end()) {
    return std::nullopt;
  }
  return GpuStatus{.name = gpu->name,
                   .memory_bytes = static_cast<std::int64_t>(gpu->memory_bytes),
                   .used_bytes = whole(gpu->load.used_bytes),
                   .busy_percent = whole(gpu->load.busy_percent),
                   .celsius = whole(gpu->load.celsius),
                   .watts = gpu->load.watts};
}

DeviceStatus status_of(const DeviceView& device, const Machine& machine, const Moment& now) {
  DeviceStatus status;
  status.device = device.device;
  status.gpu = gpu_named(device.device, machine);
  status.state = name_of_health(device.health);
  status.workers = device.workers;
  status.runs = device.runs;
  status.trial = device.run_on_trial;
  if (device.quarantine) {
    status.quarantined_at = device.quarantine->began_at;
    status.reason = device.quarantine->reason;
    if (device.health == DeviceHealth::State::quarantined) {
      status.next_try_at = wall_of(device.quarantine->next_try, now);
    }
  }
  return status;
}

/// How far a sweep is, in steps; where a program trains it, whose steps are not planned, in halves
/// of runs.
struct Extent {
  std::int64_t done = 0;
  std::int64_t planned = 0;
};

Extent extent_of(const Orchestrator& orchestrator, SweepId sweep, const OpenSweep& rows) {
  const bool is_planned = !rows.spec().program;
  const auto runs = std::ssize(rows.runs());
  Extent extent{.done = orchestrator.live().progress_of(sweep).ended_steps(),
                .planned = is_planned ? rows.planned_steps() : unplanned_length * runs};
  extent.planned += std::llround(static_cast<double>(extent.planned) *
                                 orchestrator.searcher().work_to_choose(sweep));
  for (const auto& [run, running] : orchestrator.live().running.all()) {
    if (orchestrator.catalog().sweep_of(run) == sweep) {
      extent.done += is_planned ? running.steps_done : unplanned_length / 2;
    }
  }
  return extent;
}

SweepStatus status_of(const Orchestrator& orchestrator, SweepId sweep, const OpenSweep& rows) {
  const Moment now = orchestrator.clock().now();
  const SweepProgress& progress = orchestrator.live().progress_of(sweep);
  const SweepState state = *orchestrator.scheduler().state(sweep);
  SweepStatus status;
  status.sweep = sweep;
  status.name = rows.name();
  status.state = name_of(state);
  status.account = orchestrator.scheduler().account(sweep);
  status.priority = rows.spec().priority.value_or(0);
  const Extent extent = extent_of(orchestrator, sweep, rows);
  status.runs_to_choose = orchestrator.searcher().to_choose(sweep);
  if (!rows.spec().program) {
    status.steps_planned = extent.planned;
    status.steps_done = extent.done;
  }
  status.elapsed_seconds = std::chrono::duration<double>(progress.elapsed(now)).count();
  // How long a program's runs take, only one that has ended tells.
  const bool is_foreseeable = !rows.spec().program || progress.has_seen_an_end();
  if (state == SweepState::running && is_foreseeable) {
    status.seconds_left = progress.seconds_left(now, extent.done, extent.planned);
  }
  for (Waiting& waiting : orchestrator.scheduler().waiting(sweep)) {
    status.waiting.push_back(
        {std::move(waiting.reason), waiting.runs, waiting.example, wall_of(waiting.until, now)});
  }
  status.search = orchestrator.searcher().describe(sweep);
  if (status.search.empty()) {
    status.search = orchestrator.refiner().describe(sweep);
  }
  return status;
}

SweepStatus status_of(SweepId sweep, const EndedSweep& ended) {
  SweepStatus status;
  status.sweep = sweep;
  status.name = ended.name;
  status.state = name_of(ended.state);
  status.account = ended.account;
  status.steps_planned = ended.planned_steps;
  status.steps_done = ended.steps_done;
  status.elapsed_seconds = ended.elapsed_seconds;
  status.priority = ended.priority;
  return status;
}

FinishedRun finished_of(const EndedRun& run) {
  FinishedRun finished;
  finished.run = run.run;
  finished.sweep = run.sweep;
  finished.state = name_of(run.standing.state);
  if (run.standing.failure) {
    finished.failure_class = name_of(*run.standing.failure);
  }
  finished.message = run.standing.message;
  finished.params = params_document(run.params);
  finished.seed = run.seed;
  finished.metric = run.metric;
  finished.train_seconds = run.train_seconds;
  finished.attempt = run.standing.attempt;
  return finished;
}

/// Everything but the sweeps.
StatusDocument surroundings(const Orchestrator& orchestrator, const json& request) {
  StatusDocument status;
  status.orchestrator_pid = getpid();
  status.orchestrator_version = TARAMA_VERSION;
  for (const WorkerView& worker : orchestrator.roster().workers()) {
    std::ranges::move(statuses_of(orchestrator, worker), std::back_inserter(status.workers));
  }
  for (const DeviceView& device : orchestrator.scheduler().devices()) {
    DeviceStatus& shown = status.devices.emplace_back(
        status_of(device, orchestrator.machine(), orchestrator.clock().now()));
    if (orchestrator.is_shared(device.device)) {
      const SharingView sharing = orchestrator.sharing().view_of(device.device);
      shown.at_once = sharing.runs;
      shown.sharing = words_of(sharing);
    }
  }
  for (const auto& [sweep, unreadable] : orchestrator.catalog().unreadable()) {
    status.unreadable.push_back({sweep, unreadable.name, unreadable.reason});
  }
  for (const Stranger& stranger : strangers_on(orchestrator.machine())) {
    status.strangers.push_back({stranger.device, stranger.process.pid, stranger.process.name});
  }
  for (const RunningCommand& command : orchestrator.commands()) {
    status.on_end.push_back(
        {command.sweep, command.pid, std::chrono::duration<double>(command.running).count()});
  }
  if (std::string trouble = orchestrator.roster().trouble(); !trouble.empty()) {
    status.trouble = std::move(trouble);
  }
  if (const std::optional<Error> trouble = orchestrator.writer().trouble()) {
    status.store_trouble = trouble->message;
  }
  if (const std::optional<DiskRoom>& room = orchestrator.disk().room()) {
    status.disk = DiskStatus{.free_bytes = room->free,
                             .min_free_bytes = orchestrator.disk().watermark(),
                             .is_short = !orchestrator.disk().shortage().empty()};
  }
  if (const auto since = request.value("since", std::int64_t{-1}); since >= 0) {
    const EndedRuns::Page page = orchestrator.live().ended_runs().since(since, finished_per_reply);
    status.next = page.next;
    for (const EndedRun* run : page.runs) {
      status.finished.push_back(finished_of(*run));
    }
  }
  return status;
}

/// A sweep of an earlier life: from the database, on the errands' thread.
void status_of_the_past(Orchestrator& orchestrator,
                        SweepId sweep,
                        StatusDocument status,
                        const Reply& reply) {
  const auto info = std::make_shared<Result<db::SweepInfo>>(Error{});
  orchestrator.errands().run(
      [info, sweep, database = db::StoreFolder{orchestrator.folder()}.database()] {
        const auto store = db::ReadStore::open(database);
        *info = store ? store->sweep(sweep) : store.error();
      },
      [info, status = std::move(status), reply]() mutable {
        if (!*info) {
          return reply(error_document(info->error()));
        }
        const db::SweepInfo& found = **info;
        SweepStatus& ended = status.sweeps.emplace_back();
        ended.sweep = found.sweep;
        ended.name = found.name;
        ended.state = name_of(found.state);
        ended.account = found.account;
        reply(to_json(status));
      });
}

}  // namespace

void status_request(Orchestrator& orchestrator, const json& request, const Reply& reply) {
  StatusDocument status = surroundings(orchestrator, request);
  std::optional<SweepId> only;
  if (const auto asked = request.find("sweep"); asked != request.end() && !asked->is_null()) {
    only = SweepId{asked->get<std::int64_t>()};
  }
  for (const auto& [sweep, ended] : orchestrator.live().ended_sweeps()) {
    if (!only || sweep == *only) {
      status.sweeps.push_back(status_of(sweep, ended));
    }
  }
  for (const auto& [sweep, rows] : orchestrator.catalog().sweeps()) {
    if (!only || sweep == *only) {
      status.sweeps.push_back(status_of(orchestrator, sweep, rows));
    }
  }
  if (!only || !status.sweeps.empty()) {
    std::sort(status.sweeps.begin(), status.sweeps.end(), [](const auto& a, const auto& b) {
      return a.sweep < b.sweep;
    });
    reply(to_json(status));
    return;
  }
  status_of_the_past(orchestrator, *only, std::move(status), reply);
}

}  // namespace tarama::orchestrator
