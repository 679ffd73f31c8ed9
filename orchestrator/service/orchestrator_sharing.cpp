// How many runs each GPU has at once while sweeps train: looks each tick, and starts workers or
// sends them home by what GpuSharing says. A worker too many is sent home behind its run: the
// scheduler hands it no further one, since each run's share of the device has grown.
#include "orchestrator/service/orchestrator.hpp"

#include <algorithm>
#include <set>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

/// Programs report numbers of their own: whether several of them get on faster is not seen.
bool leaves_number_to_us(const OpenSweep& sweep) {
  return !sweep.spec().resources.runs_per_device && !sweep.spec().program;
}

}  // namespace

Result<std::vector<Place>> Orchestrator::places_of(const OpenSweep& sweep) const {
  Result<std::vector<Place>> places = places_for(sweep.spec().resources, machine(), sweep.needs());
  if (places && leaves_number_to_us(sweep)) {
    set_shared_workers(*places, sweep.spec().resources, sharing_);
  }
  if (places) {
    for (Place& place : *places) {
      place.workers = std::min(place.workers, roster_->most_on(place.device));
    }
  }
  return places;
}

bool Orchestrator::is_shared(const std::string& device) const {
  const std::vector<SweepId> open = scheduler_.open_sweeps();
  const bool is_gpu =
      std::ranges::find(machine().gpus.gpus, device, device_of) != machine().gpus.gpus.end();
  return is_gpu && std::ranges::any_of(open, [&](SweepId sweep) {
           return leaves_number_to_us(*catalog_.find(sweep));
         });
}

void Orchestrator::begin_sharing(const std::vector<RestoredWorker>& workers) {
  std::map<std::string, std::int64_t> living;
  for (const RestoredWorker& worker : workers) {
    ++living[worker.device];
  }
  for (const auto& [device, count] : living) {
    if (count > 1) {
      sharing_.begin_with(device, count);
    }
  }
}

/// nullopt: nothing is trained on it, or a sweep that is has said how many.
std::optional<SharedGpu> Orchestrator::shared_gpu(const Gpu& gpu) const {
  SharedGpu shared{.gpu = gpu, .work = {}};
  const std::string device = device_of(gpu);
  std::set<std::string> kinds;
  for (const WorkerView& worker : roster_->workers()) {
    if (worker.device != device) {
      continue;
    }
    for (const AssignRun& work : scheduler_.assignments(worker.worker)) {
      const OpenSweep& sweep = catalog_.holder_of(work.run);
      if (!leaves_number_to_us(sweep)) {
        return std::nullopt;
      }
      kinds.insert(sweep.kinds_of_work());
      shared.worker_bytes = std::max(shared.worker_bytes, sweep.needs().worker_bytes);
      shared.host_bytes = std::max(shared.host_bytes, sweep.needs().host_bytes);
      shared.work.done[worker.worker] = sharing_.done_by(worker.worker);
      ++shared.work.runs;
    }
  }
  for (const std::string& kind : kinds) {
    shared.work.kind += shared.work.kind.empty() ? kind : "; " + kind;
  }
  shared.host = host_room(machine(), shared.host_bytes, shared.work.runs);
  return shared.work.runs > 0 ? std::optional(std::move(shared)) : std::nullopt;
}

void Orchestrator::look_at_shared_gpus() {
  if (is_draining_ || is_stopping_) {
    return;
  }
  for (const Gpu& gpu : machine().gpus.gpus) {
    const std::optional<SharedGpu> shared = shared_gpu(gpu);
    const std::string device = device_of(gpu);
    const std::int64_t most = roster_->most_on(device);
    if (most < sharing_.runs_on(device) && sharing_.was_too_many(device, most + 1)) {
      sharing_changed(device, "since no further worker starts there");
    }
    if (shared && sharing_.look(*shared, clock_.now().awake)) {
      sharing_changed(device, "by what its runs get done");
    }
  }
}

void Orchestrator::note_too_many(WorkerId worker) {
  for (const WorkerView& view : roster_->workers()) {
    if (view.worker != worker) {
      continue;
    }
    for (const DeviceView& device : scheduler_.devices()) {
      if (device.device == view.device && device.runs > 1 &&
          sharing_.was_too_many(device.device, device.runs)) {
        sharing_changed(device.device, "since a run there failed");
      }
    }
  }
}

void Orchestrator::sharing_changed(const std::string& device, std::string_view why) {
  spdlog::info("{} is to have {} runs at once, {}", device, sharing_.runs_on(device), why);
  place_sweeps();
  staff();
}

// Said before it knows itself: nothing is handed to a worker that is leaving.
void Orchestrator::send_surplus_home(const Place& place) {
  if (place.uuid.empty()) {
    return;
  }
  const std::vector<WorkerView> workers = roster_->workers();
  auto surplus = std::ranges::count_if(workers,
                                       [&](const WorkerView& worker) {
                                         return worker.device == place.device &&
                                                worker.phase != WorkerPhase::stopping;
                                       }) -
                 place.workers;
  for (const WorkerView& worker : workers) {
    const bool is_idle = worker.device == place.device && worker.phase == WorkerPhase::joined &&
                         scheduler_.assignments(worker.worker).empty();
    if (surplus > 0 && is_idle) {
      --surplus;
      roster_->send_home(worker.worker);
      handle(WorkerLost{worker.worker, FailureClass::exited, "sent home: its device has enough"});
    }
  }
}

}  // namespace tarama::orchestrator
