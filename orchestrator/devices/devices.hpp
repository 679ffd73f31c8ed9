// Which workers a sweep may have: from the machine's cores and GPUs and from the sweep's
// `resources` to places. On cores each run at once has a worker process; a GPU has one process for
// all of its runs, since processes share it by slices of its time, and streams of one at once.
#pragma once

#include "core/sweep/gpu_needs.hpp"
#include "core/sweep/learner_choice.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "orchestrator/devices/nvml.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::orchestrator {

/// The machine as the orchestrator sees it.
struct Machine {
  std::int64_t cores = 1;          // that this process may use
  GpuSurvey gpus;                  // with the processes of others; our own workers are none
  bool trainer_has_cuda = false;   // what the worker program says of itself
  std::uint64_t memory_bytes = 0;  // that this process may use; 0: not known
  /// Of that, what nobody has; nullopt: not known.
  std::optional<std::uint64_t> available_bytes{};
  /// Of the worker program's learners, where it has CUDA: those that can use it.
  std::set<LearnerName> learners_on_gpus = LearnerSupply{}.on_gpus;
};

/// Of the machine's own memory, for a GPU; 0: not known.
struct HostNeeds {
  double process_bytes = 0;  // of its worker process
  double run_bytes = 0;      // of each run in it, beside

  friend bool operator==(const HostNeeds&, const HostNeeds&) = default;
};

/// What a sweep needs of its places.
struct SweepNeeds {
  double worker_bytes = 0;  // of one run, on what it trains on; 0: not known
  GpuNeeds gpus{};
  HostNeeds host{};
};

/// Where runs can be trained.
struct Place {
  std::string device;  // "cpu", "cuda:1", "cuda:1.0" (a part of it); "cpu*4" with four threads,
                       // since bits depend on them
  std::string uuid;    // of the GPU; empty on CPU
  std::int64_t threads = 1;
  std::int64_t workers = 1;       // runs at once; on cores, of a process each
  std::vector<int> processors{};  // that they run on; empty: all

  friend bool operator==(const Place&, const Place&) = default;
};

[[nodiscard]] inline bool is_gpu(const Place& place) {
  return !place.uuid.empty();
}

/// A GPU that `auto` leaves alone because somebody works on it.
struct Stranger {
  std::string device;
  GpuProcess process;

  friend bool operator==(const Stranger&, const Stranger&) = default;
};

/// The places of a sweep on the machine as it is now: the one truth, for handing out, staffing,
/// `status` and `plan`. `auto` is every GPU that nobody works on and all levels can be trained on,
/// else the cores; where they cannot be trained there either, an error: the sweep waits for a GPU.
/// Devices named in the sweep are taken as they are; one that the machine does not have is an error
/// with the devices that there are, as is one that cannot train all levels. So is `auto` where
/// CUDA_VISIBLE_DEVICES names only what is not there: whoever asked for a GPU does not get the
/// cores without a word. Where the number of workers is left to us, they are no more than the
/// memory holds.
[[nodiscard]] Result<std::vector<Place>> places_for(const Resources& resources,
                                                    const Machine& machine,
                                                    const SweepNeeds& needs = {});

/// Why `auto` leaves GPUs idle that nobody works on, one reason; empty: it leaves none.
[[nodiscard]] std::string why_gpus_stay_idle(const Machine& machine, const GpuNeeds& needs);

/// What the workers of these places are on; there is one at least.
[[nodiscard]] WorkerDevices worker_devices_of(const std::vector<Place>& places);

/// What there is to train a sweep by: on the devices that serve the levels whose learner the file
/// names; the other levels follow, by the packed learner where a GPU among those serves it, and by
/// torch on other GPUs. `learners`: of the worker program. The error of places_for, where there is
/// no place.
[[nodiscard]] Result<LearnerSupply> supply_for(const Resources& resources,
                                               const Machine& machine,
                                               LearnerNeeds needs,
                                               const std::set<LearnerName>& learners);

[[nodiscard]] std::vector<Stranger> strangers_on(const Machine& machine);

/// Whether the process is a worker that an orchestrator of this store has started, by its command
/// line; perhaps an earlier one that was killed.
[[nodiscard]] bool is_worker_of(std::int64_t pid, const std::filesystem::path& store);

/// The cores of these processors: those that share one by hyper-threading count once, since the
/// units that train are a core's, not a thread's. `topology` is /sys/devices/system/cpu; a
/// processor that it does not know is a core of its own.
[[nodiscard]] std::int64_t physical_cores(const std::vector<int>& processors,
                                          const std::filesystem::path& topology);

/// What the text of /proc/meminfo says that processes can have without swapping; nullopt: nothing.
[[nodiscard]] std::optional<std::uint64_t> available_memory_in(std::string_view meminfo);

/// Cores by affinity, hyper-threading and the control groups' quotas, memory by the machine's and
/// the control groups', GPUs by NVML and CUDA_VISIBLE_DEVICES. A process on a GPU that /proc does
/// not know is left out: in a container NVML counts as the host does, and it may be our own worker.
/// `pci_devices`: where the kernel says which processors are near a GPU.
[[nodiscard]] Machine survey_machine(
    bool trainer_has_cuda, const std::filesystem::path& pci_devices = "/sys/bus/pci/devices");

}  // namespace tarama::orchestrator
