// From cores and GPUs to places for workers.
#include "orchestrator/devices/devices.hpp"

#include "orchestrator/devices/control_group.hpp"
#include "orchestrator/devices/memory_fit.hpp"
#include "orchestrator/devices/processors.hpp"
#include "orchestrator/devices/visible_gpus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

Place cpu_place(const Resources& resources, const Machine& machine, double worker_bytes) {
  const std::int64_t threads = resources.threads.value_or(1);
  // One single-threaded worker a core: the matrices of these models are too small for several
  // threads to share.
  const std::int64_t by_cores = std::max<std::int64_t>(1, machine.cores / threads);
  const std::int64_t by_memory = workers_in(machine.memory_bytes, worker_bytes).value_or(by_cores);
  const std::int64_t workers = resources.runs_per_device.value_or(std::min(by_cores, by_memory));
  return {.device = threads == 1 ? "cpu" : fmt::format("cpu*{}", threads),
          .uuid = {},
          .threads = threads,
          .workers = workers};
}

Place gpu_place(const Gpu& gpu, const Resources& resources) {
  return {.device = device_of(gpu),
          .uuid = gpu.uuid,
          .threads = resources.threads.value_or(1),
          .workers = resources.runs_per_device.value_or(1),
          .processors = gpu.near};
}

/// Why the GPU cannot train all levels; nullopt: it can.
std::optional<std::string> why_unfit_gpu(const Gpu& gpu,
                                         const Machine& machine,
                                         const GpuNeeds& needs) {
  return why_not_on_gpu(needs, machine.learners_on_gpus, gpu.capability);
}

constexpr const char* gpu_alone =
    "a level is trained in bf16 by the packed learner, which does that on GPUs alone";

Error no_such_device(const std::string& device, const Machine& machine) {
  std::vector<std::string> there = {"cpu"};
  for (const Gpu& gpu : machine.gpus.gpus) {
    there.push_back(device_of(gpu));
  }
  return {Errc::invalid_config,
          fmt::format("resources.devices: this machine has no '{}'; it has {}",
                      device,
                      fmt::join(there, ", "))};
}

Result<Place> named_place(const std::string& device,
                          const Resources& resources,
                          const Machine& machine,
                          const SweepNeeds& needs) {
  if (device == "cpu") {
    if (needs.gpus.are_a_must) {
      return Error{Errc::invalid_config, fmt::format("resources.devices: 'cpu': {}", gpu_alone)};
    }
    return cpu_place(resources, machine, needs.worker_bytes);
  }
  for (const Gpu& gpu : machine.gpus.gpus) {
    if (device_of(gpu) != device) {
      continue;
    }
    if (!machine.trainer_has_cuda) {
      return Error{Errc::invalid_config,
                   fmt::format("resources.devices: '{}' is there, but the worker was built with a "
                               "LibTorch without CUDA; build with a CUDA one, or take cpu",
                               device)};
    }
    if (const auto why = why_unfit_gpu(gpu, machine, needs.gpus)) {
      return Error{Errc::invalid_config, fmt::format("resources.devices: '{}': {}", device, *why)};
    }
    return gpu_place(gpu, resources);
  }
  return no_such_device(device, machine);
}

}  // namespace

namespace {

/// Every GPU that nobody works on and all levels can be trained on, else the cores.
Result<std::vector<Place>> places_of_auto(const Resources& resources,
                                          const Machine& machine,
                                          const SweepNeeds& needs) {
  std::vector<Place> places;
  if (machine.trainer_has_cuda) {
    // Without a driver there is no GPU that could be meant; `auto` is the cores then, and plan says
    // so.
    if (machine.gpus.gpus.empty() && !machine.gpus.not_visible.empty() &&
        !machine.gpus.driver.empty()) {
      return Error{Errc::invalid_config,
                   fmt::format("resources.devices: {}; correct it, or take resources.devices: cpu",
                               machine.gpus.not_visible)};
    }
    for (const Gpu& gpu : machine.gpus.gpus) {
      if (gpu.processes.empty() && !why_unfit_gpu(gpu, machine, needs.gpus)) {
        places.push_back(gpu_place(gpu, resources));
      }
    }
  }
  if (places.empty() && needs.gpus.are_a_must) {
    const std::string idle = why_gpus_stay_idle(machine, needs.gpus);
    return Error{Errc::invalid_config,
                 fmt::format("resources.devices: {}, and no GPU is free for it{}{}",
                             gpu_alone,
                             idle.empty() ? "" : ": ",
                             idle)};
  }
  if (places.empty()) {
    places.push_back(cpu_place(resources, machine, needs.worker_bytes));
  }
  return places;
}

}  // namespace

Result<std::vector<Place>> places_for(const Resources& resources,
                                      const Machine& machine,
                                      const SweepNeeds& needs) {
  if (resources.devices.empty()) {
    return places_of_auto(resources, machine, needs);
  }
  std::vector<Place> places;
  for (const std::string& device : resources.devices) {
    Result<Place> place = named_place(device, resources, machine, needs);
    if (!place) {
      return place.error();
    }
    places.push_back(*place);
  }
  return places;
}

std::string why_gpus_stay_idle(const Machine& machine, const GpuNeeds& needs) {
  for (const Gpu& gpu : machine.gpus.gpus) {
    const auto why = why_unfit_gpu(gpu, machine, needs);
    if (machine.trainer_has_cuda && gpu.processes.empty() && why) {
      return fmt::format("{} is left alone: {}", device_of(gpu), *why);
    }
  }
  return {};
}

WorkerDevices worker_devices_of(const std::vector<Place>& places) {
  const auto is_gpu = [](const Place& place) { return !place.uuid.empty(); };
  if (std::ranges::none_of(places, is_gpu)) {
    return WorkerDevices::cpu;
  }
  return std::ranges::all_of(places, is_gpu) ? WorkerDevices::cuda : WorkerDevices::both;
}

Result<LearnerSupply> supply_for(const Resources& resources,
                                 const Machine& machine,
                                 LearnerNeeds needs,
                                 const std::set<LearnerName>& learners) {
  // Where there are only cores, learner_for says what to do instead.
  needs.named.are_a_must = false;
  needs.unnamed.are_a_must = false;
  const Result<std::vector<Place>> places =
      places_for(resources, machine, {.worker_bytes = 0, .gpus = needs.named});
  if (!places) {
    return places.error();
  }
  LearnerSupply supply{.devices = worker_devices_of(*places),
                       .learners = learners,
                       .on_gpus = machine.learners_on_gpus};
  if (supply.devices != WorkerDevices::cpu) {
    const Result<std::vector<Place>> by_packed =
        places_for(resources, machine, {.gpus = joined(needs.named, needs.unnamed)});
    const bool is_served = by_packed && worker_devices_of(*by_packed) != WorkerDevices::cpu;
    supply.wished = is_served ? LearnerName::packed : LearnerName::torch;
  }
  return supply;
}

std::vector<Stranger> strangers_on(const Machine& machine) {
  std::vector<Stranger> strangers;
  for (const Gpu& gpu : machine.gpus.gpus) {
    for (const GpuProcess& process : gpu.processes) {
      strangers.push_back({.device = device_of(gpu), .process = process});
    }
  }
  return strangers;
}

bool is_worker_of(std::int64_t pid, const std::filesystem::path& store) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::ostringstream line;
  line << file.rdbuf();  // throws nothing where the process ends meanwhile
  const std::string wanted = std::string("--store") + '\0' + store.native() + '\0';
  return line.str().find(wanted) != std::string::npos;
}

std::int64_t physical_cores(const std::vector<int>& processors,
                            const std::filesystem::path& topology) {
  std::set<std::string> cores;
  for (const int processor : processors) {
    std::ifstream file(topology / fmt::format("cpu{}", processor) /
                       "topology/thread_siblings_list");
    std::string siblings;
    if (!std::getline(file, siblings) || siblings.empty()) {
      siblings = fmt::format("alone {}", processor);
    }
    cores.insert(siblings);
  }
  return std::ssize(cores);
}

namespace {

std::uint64_t physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
             : 0;
}

void forget_unknown_processes(std::vector<Gpu>& gpus) {
  for (Gpu& gpu : gpus) {
    std::erase_if(gpu.processes, [](const GpuProcess& process) {
      std::error_code ignored;  // what cannot be looked at is there
      return !std::filesystem::exists(fmt::format("/proc/{}", process.pid), ignored) && !ignored;
    });
  }
}

}  // namespace

std::optional<std::uint64_t> available_memory_in(std::string_view meminfo) {
  std::istringstream lines{std::string(meminfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t kilobytes = 0;
    if (words >> name >> kilobytes && name == "MemAvailable:") {
      return kilobytes * 1024;
    }
  }
  return std::nullopt;
}

namespace {

void survey_memory(Machine& machine, const GroupLimits& groups) {
  machine.memory_bytes = physical_memory();
  std::ifstream file("/proc/meminfo");
  machine.available_bytes =
      available_memory_in(std::string((std::istreambuf_iterator<char>(file)), {}));
  if (groups.memory_bytes) {
    machine.memory_bytes = machine.memory_bytes == 0
                               ? *groups.memory_bytes
                               : std::min(machine.memory_bytes, *groups.memory_bytes);
  }
  if (groups.free_memory_bytes) {
    machine.available_bytes = std::min(machine.available_bytes.value_or(*groups.free_memory_bytes),
                                       *groups.free_memory_bytes);
  }
}

}  // namespace

Machine survey_machine(bool trainer_has_cuda, const std::filesystem::path& pci_devices) {
  Machine machine;
  const std::vector<int> processors = allowed_processors();
  machine.gpus = survey_gpus(nvml_library());
  VisibleGpus visible = visible_gpus(std::move(machine.gpus.gpus),
                                     std::getenv("CUDA_VISIBLE_DEVICES"),
                                     std::getenv("CUDA_DEVICE_ORDER"));
  machine.gpus.gpus = std::move(visible.gpus);
  machine.gpus.not_visible = std::move(visible.trouble);
  machine.gpus.order = std::move(visible.order);
  forget_unknown_processes(machine.gpus.gpus);
  for (Gpu& gpu : machine.gpus.gpus) {
    gpu.near = processors_near(gpu.pci_address, processors, pci_devices);
  }
  machine.trainer_has_cuda = trainer_has_cuda;
  machine.cores = std::max<std::int64_t>(1, physical_cores(processors, "/sys/devices/system/cpu"));
  const GroupLimits groups = limits_of_own_groups();
  if (groups.cores) {
    // 1.5 cores train more in two workers than in one.
    const auto cores = static_cast<std::int64_t>(std::ceil(*groups.cores));
    machine.cores = std::min(machine.cores, std::max<std::int64_t>(1, cores));
  }
  survey_memory(machine, groups);
  return machine;
}

}  // namespace tarama::orchestrator
