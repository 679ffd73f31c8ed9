// See gpu_sharing.hpp.
#include "orchestrator/devices/gpu_sharing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace tarama::orchestrator {
namespace {

/// nullopt: nobody knows what a run takes there.
std::optional<SharingRoom> room_on(const SharedGpu& shared, double bytes_per_run) {
  const auto fitting =
      workers_in(shared.gpu.memory_bytes, bytes_per_run > 0 ? bytes_per_run : shared.worker_bytes);
  if (!fitting) {
    return std::nullopt;
  }
  if (*fitting <= shared.host.runs) {
    return SharingRoom{.runs = *fitting, .by = SharingLimit::gpu_memory};
  }
  return SharingRoom{.runs = shared.host.runs,
                     .by = shared.host.by == HostLimit::memory ? SharingLimit::host_memory
                                                               : SharingLimit::host_cores};
}

std::string_view where(SharingLimit limit) {
  switch (limit) {
    case SharingLimit::gpu_memory:
      return " in its memory";
    case SharingLimit::host_cores:
      return " by this machine's cores";
    case SharingLimit::host_memory:
      return " in this machine's memory";
  }
  return {};
}

}  // namespace

std::string words_of(const SharingView& view) {
  const std::string runs =
      view.runs == 1 ? std::string("1 run") : fmt::format("{} runs", view.runs);
  if (view.most_held && view.runs >= *view.most_held) {
    return fmt::format(
        "{} at once (runs_per_device: auto); one more has failed, for want of memory or with its "
        "device",
        runs);
  }
  if (!view.room) {
    return fmt::format("{} at once (runs_per_device: auto) until it is measured what they get done",
                       runs);
  }
  return view.is_trying
             ? fmt::format(
                   "{} at once (runs_per_device: auto), to see whether they get more done "
                   "than {}",
                   runs,
                   view.runs - 1)
             : fmt::format("{} at once (runs_per_device: auto); there is room for {}{}",
                           runs,
                           view.room->runs,
                           where(view.room->by));
}

GpuSharing::Known& GpuSharing::known(const std::string& device) {
  return devices_.try_emplace(device, Known{.look = SharingLook(look_)}).first->second;
}

std::int64_t GpuSharing::runs_on(const std::string& device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? 1 : found->second.sharing.runs();
}

SharingView GpuSharing::view_of(const std::string& device) const {
  const auto found = devices_.find(device);
  if (found == devices_.end()) {
    return {};
  }
  const Known& known = found->second;
  return {.runs = known.sharing.runs(),
          .is_trying = known.sharing.is_trying(),
          .room = known.room,
          .most_held = known.sharing.most_held()};
}

void GpuSharing::begin_with(const std::string& device, std::int64_t runs) {
  known(device).sharing.begin_with(runs);
}

void GpuSharing::worked(WorkerId worker, RunId run, double work) {
  done_[worker] += work;
  done_of_[run] += work;
}

double GpuSharing::done_of(RunId run) const {
  const auto found = done_of_.find(run);
  return found == done_of_.end() ? 0 : found->second;
}

double GpuSharing::done_by(WorkerId worker) const {
  const auto found = done_.find(worker);
  return found == done_.end() ? 0 : found->second;
}

bool GpuSharing::look(const SharedGpu& shared, std::chrono::milliseconds awake) {
  Known& here = known(device_of(shared.gpu));
  const std::optional<double> rate = here.look.at(awake, shared.work);
  if (!rate) {
    return false;
  }
  if (here.kind != shared.work.kind) {
    here.kind = shared.work.kind;
    here.bytes_per_run = 0;
  }
  const std::int64_t before = here.sharing.runs();
  const auto used = static_cast<double>(shared.gpu.load.used_bytes.value_or(0));
  here.bytes_per_run = std::max(here.bytes_per_run, used / static_cast<double>(shared.work.runs));
  here.room = room_on(shared, here.bytes_per_run);
  here.sharing.set_room(here.room ? std::optional(here.room->runs) : std::nullopt);
  here.sharing.measured(here.kind, shared.work.runs, *rate);
  return here.sharing.runs() != before;
}

bool GpuSharing::was_too_many(const std::string& device, std::int64_t runs) {
  const auto found = devices_.find(device);
  if (found == devices_.end()) {
    return false;
  }
  const std::int64_t before = found->second.sharing.runs();
  found->second.sharing.ran_out_of_memory(runs);
  return found->second.sharing.runs() != before;
}

void set_shared_runs(std::vector<Place>& places,
                     const Resources& resources,
                     const GpuSharing& sharing) {
  for (Place& place : places) {
    if (is_gpu(place) && !resources.runs_per_device) {
      place.workers = sharing.runs_on(place.device);
    }
  }
}

}  // namespace tarama::orchestrator
