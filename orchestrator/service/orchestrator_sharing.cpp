// How many runs each GPU has at once while sweeps train: looks each tick, and gives its worker more
// slots or fewer by what GpuSharing says. Nothing is cut short where they become fewer: the
// scheduler hands out nothing more until enough runs are over.
#include "orchestrator/service/orchestrator.hpp"
#include "orchestrator/sweeps/worker_memory.hpp"

#include <algorithm>
#include <map>
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
    set_shared_runs(*places, sweep.spec().resources, sharing_);
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
  std::map<std::string, std::int64_t> at_work;
  for (const RestoredWorker& worker : workers) {
    at_work[worker.device] += std::ssize(worker.attempts);
  }
  for (const auto& [device, runs] : at_work) {
    if (runs > 1) {
      sharing_.begin_with(device, runs);
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
      shared.needs = most_of(shared.needs, sweep.needs().host);
      shared.work.done[worker.worker] = sharing_.done_by(worker.worker);
      shared.work.by_run[work.run] = sharing_.done_of(work.run);
      ++shared.work.runs;
    }
  }
  for (const std::string& kind : kinds) {
    shared.work.kind += shared.work.kind.empty() ? kind : "; " + kind;
  }
  shared.host = host_room(machine(), shared.needs, shared.work.runs);
  return shared.work.runs > 0 ? std::optional(std::move(shared)) : std::nullopt;
}

void Orchestrator::look_at_shared_gpus() {
  if (is_draining_ || is_stopping_) {
    return;
  }
  for (const Gpu& gpu : machine().gpus.gpus) {
    const std::optional<SharedGpu> shared = shared_gpu(gpu);
    const std::string device = device_of(gpu);
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

// A worker of a GPU takes as many as it is given.
void Orchestrator::set_slots(const Place& place) {
  for (const WorkerView& worker : roster_->workers()) {
    const bool is_meant = worker.device == place.device && worker.takes_any_number &&
                          worker.phase == WorkerPhase::joined;
    if (is_meant && scheduler_.slots_of(worker.worker) != place.workers) {
      handle(SlotsSet{worker.worker, place.workers});
    }
  }
}

}  // namespace tarama::orchestrator
