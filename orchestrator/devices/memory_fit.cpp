// See memory_fit.hpp.
#include "orchestrator/devices/memory_fit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tarama::orchestrator {
namespace {

// The rest is the system's, the orchestrator's, and the page cache's, without which each read of
// the data goes to the disk.
constexpr double share_for_workers = 0.9;

// Beyond that many a core, runs on a GPU would wait for the host.
constexpr std::int64_t most_runs_a_core = 4;

std::string gigabytes(double bytes) {
  return fmt::format("{:.1f} GB", bytes / 1e9);
}

std::uint64_t memory_of(const Place& place, const Machine& machine) {
  const auto gpu = std::ranges::find(machine.gpus.gpus, place.uuid, &Gpu::uuid);
  return gpu != machine.gpus.gpus.end() ? gpu->memory_bytes : machine.memory_bytes;
}

}  // namespace

std::optional<std::int64_t> workers_in(std::uint64_t memory_bytes, double worker_bytes) {
  if (memory_bytes == 0 || worker_bytes <= 0) {
    return std::nullopt;
  }
  const double fitting = share_for_workers * static_cast<double>(memory_bytes) / worker_bytes;
  return static_cast<std::int64_t>(std::clamp(fitting, 1.0, 1e6));
}

double share_of_run(const Place& place, const Machine& machine, double worker_bytes) {
  const auto memory = static_cast<double>(machine.memory_bytes);
  // Somebody may have asked for more workers than fit: then that is their share.
  const double of_places = 1.0 / static_cast<double>(std::max<std::int64_t>(1, place.workers));
  if (is_gpu(place)) {
    return of_places;
  }
  return memory > 0 ? std::clamp(worker_bytes / (share_for_workers * memory), 0.0, of_places) : 0;
}

HostRoom host_room(const Machine& machine, const HostNeeds& needs, std::int64_t there) {
  const auto gpus = std::max<std::int64_t>(1, std::ssize(machine.gpus.gpus));
  HostRoom room{.runs = most_runs_a_core * machine.cores / gpus, .by = HostLimit::cores};
  const auto bound = [&](std::int64_t living, double bytes, double process_bytes) {
    if (needs.run_bytes <= 0) {
      return;
    }
    const double of_gpu = share_for_workers * bytes / static_cast<double>(gpus) - process_bytes;
    const double more = std::clamp(of_gpu / needs.run_bytes, 0.0, 1e6);
    const std::int64_t runs = living + static_cast<std::int64_t>(more);
    if (runs < room.runs) {
      room = {.runs = runs, .by = HostLimit::memory};
    }
  };
  if (machine.memory_bytes > 0) {
    bound(0, static_cast<double>(machine.memory_bytes), needs.process_bytes);
  }
  if (machine.available_bytes) {
    // All GPUs may begin one more at once.
    bound(
        there, static_cast<double>(*machine.available_bytes), there > 0 ? 0 : needs.process_bytes);
  }
  room.runs = std::max<std::int64_t>(1, room.runs);
  return room;
}

std::optional<std::string> host_memory_warning(const std::vector<Place>& places,
                                               const Machine& machine,
                                               const HostNeeds& needs) {
  std::int64_t gpus = 0;
  std::int64_t runs = 0;
  for (const Place& place : places) {
    gpus += is_gpu(place) ? 1 : 0;
    runs += is_gpu(place) ? place.workers : 0;
  }
  const auto memory = static_cast<double>(machine.memory_bytes);
  const double needed =
      static_cast<double>(gpus) * needs.process_bytes + static_cast<double>(runs) * needs.run_bytes;
  if (memory <= 0 || needed <= share_for_workers * memory) {
    return std::nullopt;
  }
  return fmt::format(
      "{} runs at once on GPUs need about {} of this machine's memory each, {} together with the "
      "{} of each GPU's worker, but it has {}: name fewer GPUs in resources.devices, or set "
      "resources.runs_per_device lower, or to auto",
      runs,
      gigabytes(needs.run_bytes),
      gigabytes(needed),
      gigabytes(needs.process_bytes),
      gigabytes(memory));
}

std::optional<std::string> memory_warning(const Resources& resources,
                                          const std::vector<Place>& places,
                                          const Machine& machine,
                                          double worker_bytes) {
  for (const Place& place : places) {
    const std::uint64_t memory = memory_of(place, machine);
    const std::optional<std::int64_t> fitting = workers_in(memory, worker_bytes);
    if (!fitting) {
      continue;
    }
    const std::string_view holder = place.uuid.empty() ? "this machine" : "the GPU";
    const double needed = static_cast<double>(place.workers) * worker_bytes;
    if (needed > share_for_workers * static_cast<double>(memory)) {
      const std::string has = gigabytes(static_cast<double>(memory));
      if (place.workers == 1) {
        return fmt::format(
            "a worker on {} needs about {}, but {} has {}: take a smaller model, batch_size or "
            "max_tokens",
            place.device,
            gigabytes(worker_bytes),
            holder,
            has);
      }
      return fmt::format(
          "{} {} on {} need about {} each, {} together, but {} has {}: set "
          "resources.runs_per_device to {} at most, or auto",
          place.workers,
          is_gpu(place) ? "runs at once" : "workers",
          place.device,
          gigabytes(worker_bytes),
          gigabytes(needed),
          holder,
          has,
          *fitting);
    }
    const std::int64_t by_cores = machine.cores / place.threads;
    if (place.uuid.empty() && !resources.runs_per_device && place.workers < by_cores) {
      return fmt::format("{} of {} workers are started: each needs about {}, and {} has {}",
                         place.workers,
                         by_cores,
                         gigabytes(worker_bytes),
                         holder,
                         gigabytes(static_cast<double>(memory)));
    }
  }
  return std::nullopt;
}

}  // namespace tarama::orchestrator
