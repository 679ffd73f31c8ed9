// From cores and GPUs to places for workers.
#include "orchestrator/devices/devices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sched.h>
#include <set>
#include <sstream>

namespace tarama::orchestrator {
namespace {

std::string device_of(const Gpu& gpu) {
  return fmt::format("cuda:{}", gpu.index);
}

Place cpu_place(const Resources& resources, const Machine& machine) {
  const std::int64_t threads = resources.threads.value_or(1);
  // One single-threaded worker a core: the matrices of these models are too small for several
  // threads to share.
  const std::int64_t workers =
      resources.runs_per_device.value_or(std::max<std::int64_t>(1, machine.cores / threads));
  return {.device = threads == 1 ? "cpu" : fmt::format("cpu*{}", threads),
          .uuid = {},
          .threads = threads,
          .workers = workers};
}

Place gpu_place(const Gpu& gpu, const Resources& resources) {
  return {.device = device_of(gpu),
          .uuid = gpu.uuid,
          .threads = resources.threads.value_or(1),
          .workers = resources.runs_per_device.value_or(1)};
}

/// The cores that a container may use at once, by its control group (version 2).
std::optional<std::int64_t> quota_cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) {
    return std::nullopt;  // "max", or no such file
  }
  return std::max<std::int64_t>(1, (quota + period - 1) / period);
}

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
                          const Machine& machine) {
  if (device == "cpu") {
    return cpu_place(resources, machine);
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
    return gpu_place(gpu, resources);
  }
  return no_such_device(device, machine);
}

}  // namespace

Result<std::vector<Place>> places_for(const Resources& resources, const Machine& machine) {
  std::vector<Place> places;
  for (const std::string& device : resources.devices) {
    Result<Place> place = named_place(device, resources, machine);
    if (!place) {
      return place.error();
    }
    places.push_back(*place);
  }
  if (!resources.devices.empty()) {
    return places;
  }
  if (machine.trainer_has_cuda) {
    for (const Gpu& gpu : machine.gpus.gpus) {
      if (gpu.processes.empty()) {
        places.push_back(gpu_place(gpu, resources));
      }
    }
  }
  if (places.empty()) {
    places.push_back(cpu_place(resources, machine));
  }
  return places;
}

WorkerDevices worker_devices_of(const std::vector<Place>& places) {
  const auto is_gpu = [](const Place& place) { return !place.uuid.empty(); };
  if (std::ranges::none_of(places, is_gpu)) {
    return WorkerDevices::cpu;
  }
  return std::ranges::all_of(places, is_gpu) ? WorkerDevices::cuda : WorkerDevices::both;
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
  const std::string line((std::istreambuf_iterator<char>(file)), {});
  const std::string wanted = std::string("--store") + '\0' + store.native() + '\0';
  return line.find(wanted) != std::string::npos;
}

std::vector<Gpu> visible_gpus(std::vector<Gpu> gpus, const char* visible) {
  if (visible == nullptr) {
    return gpus;
  }
  std::vector<Gpu> left;
  std::stringstream names(visible);
  for (std::string name; std::getline(names, name, ',');) {
    const auto found = std::find_if(gpus.begin(), gpus.end(), [&](const Gpu& gpu) {
      return !name.empty() && (name == fmt::format("{}", gpu.index) || gpu.uuid.starts_with(name));
    });
    if (found == gpus.end()) {
      break;  // as CUDA does
    }
    left.push_back(*found);
  }
  return left;
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

Machine survey_machine(bool trainer_has_cuda) {
  Machine machine;
  machine.gpus = survey_gpus(nvml_library());
  machine.gpus.gpus =
      visible_gpus(std::move(machine.gpus.gpus), std::getenv("CUDA_VISIBLE_DEVICES"));
  machine.trainer_has_cuda = trainer_has_cuda;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    std::vector<int> processors;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
      if (CPU_ISSET(processor, &allowed)) {
        processors.push_back(processor);
      }
    }
    machine.cores =
        std::max<std::int64_t>(1, physical_cores(processors, "/sys/devices/system/cpu"));
  }
  machine.cores = std::min(machine.cores, quota_cores().value_or(machine.cores));
  return machine;
}

}  // namespace tarama::orchestrator
